"""Who was there, as the desk noted it."""
