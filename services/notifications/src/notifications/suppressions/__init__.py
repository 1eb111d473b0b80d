"""Addresses that are not written to: they bounced, or staff took them out."""
