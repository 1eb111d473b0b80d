"""Broadcasts: staff write to many at once, see beforehand what that comes to, and can stop it."""
