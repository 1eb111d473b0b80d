"""Erasing a person: asked for with a reason, checked, confirmed by a second pair of eyes, and never undone."""
