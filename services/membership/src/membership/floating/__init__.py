"""Floating members: one formal home, a branch elsewhere where they take part, registered at both ends."""
