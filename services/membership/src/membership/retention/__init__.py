"""Retention: what is kept no longer, shown before anything happens, marked, and removed after a window for undoing."""
