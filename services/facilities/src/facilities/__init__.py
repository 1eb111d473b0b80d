"""Rooms, equipment and books of the centre: who has what, when, and never two at once."""

__version__ = "0.1.0"
