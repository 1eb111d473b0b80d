"""Guidance of Party work: visits to branches, what was found, and what came of it."""
