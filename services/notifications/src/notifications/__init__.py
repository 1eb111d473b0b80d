"""Notifications: turns what happened in the other services into SMS and e-mail."""
