"""Quiet hours: at which times of working days and of days off which category of messages is sent."""
