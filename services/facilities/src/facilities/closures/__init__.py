"""Closures: times in which a room, or some units of a pool, cannot be used."""
