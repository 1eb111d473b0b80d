"""Organisations: the typed trees of the four bodies, the enterprises and the stations."""
