"""Households and guardians: who is written to instead of a child."""
