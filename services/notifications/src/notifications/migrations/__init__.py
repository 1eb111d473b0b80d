"""Alembic revisions of this service's tables."""
