"""Memberships: periods in which a person holds a role in an organisation."""
