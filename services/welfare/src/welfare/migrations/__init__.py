"""Alembic revisions of the welfare service's own tables."""
