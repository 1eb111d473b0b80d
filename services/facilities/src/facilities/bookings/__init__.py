"""Bookings that staff make, move and cancel."""
