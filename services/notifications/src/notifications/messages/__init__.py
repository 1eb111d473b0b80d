"""Notices (who is to learn what) and messages (one row per recipient and channel), with their timeline."""
