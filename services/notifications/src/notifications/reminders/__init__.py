"""Reminders: how long before something its people are written to once more, and who was."""
