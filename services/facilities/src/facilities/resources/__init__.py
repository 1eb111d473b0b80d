"""Rooms and pools: what can be taken."""
