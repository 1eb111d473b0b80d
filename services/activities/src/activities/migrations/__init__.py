"""The tables of activities, as Alembic revisions."""
