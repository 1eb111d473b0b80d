"""Disputes that a body mediates, and how they ended."""
