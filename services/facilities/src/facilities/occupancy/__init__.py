"""The one table that says what is taken when: bookings, holds and closures, and the rules over it."""
