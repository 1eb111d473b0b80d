"""Who takes part: registrations, the waiting list, and moving up on it."""
