"""Working days: what differs from a plain week, and the years whose plan is published.

Revision ID: membership_0002
"""

import sqlalchemy as sa
from alembic import op

revision = "membership_0002"
down_revision = "membership_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "official_years",
        sa.Column("year", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("source", sa.String(7), nullable=False),
        sa.CheckConstraint("source IN ('library', 'staff')", name="ck_official_years_source"),
        sa.PrimaryKeyConstraint("year", name="pk_official_years"),
    )
    op.create_table(
        "calendar_days",
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("year", sa.Integer, nullable=False),
        sa.Column("working", sa.Boolean, nullable=False),
        sa.Column("note", sa.String(60), nullable=False),
        sa.Column("source", sa.String(7), nullable=False),
        sa.CheckConstraint("source IN ('library', 'staff')", name="ck_calendar_days_source"),
        sa.PrimaryKeyConstraint("day", name="pk_calendar_days"),
    )
    op.create_index("ix_calendar_days_year", "calendar_days", ["year"], unique=False)
