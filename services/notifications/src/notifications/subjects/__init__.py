"""What messages are about: registrations, bookings, duties and talks, when they take place, which have ended."""
