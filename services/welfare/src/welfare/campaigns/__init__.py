"""Campaigns: what a body does for families in a season, such as "summer coolness" and "winter warmth"."""
