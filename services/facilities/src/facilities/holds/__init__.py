"""Holds: places kept for another service for a limited time, all of them or none."""
