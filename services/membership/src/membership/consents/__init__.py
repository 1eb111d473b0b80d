"""Consents: which guardian agreed to a child's record, when, on which paper, and that it was withdrawn."""
