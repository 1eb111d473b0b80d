"""What messages are about: registrations, bookings and talks, when they take place, and which of them have ended."""
