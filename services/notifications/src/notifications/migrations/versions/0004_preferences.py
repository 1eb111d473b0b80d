"""What recipients switched off, the category of rules and notices, and the version of what a notice is about.

Revision ID: notifications_0004
"""

import sqlalchemy as sa
from alembic import op

from shared.database.types import UtcDateTime, Uuid

revision = "notifications_0004"
down_revision = "notifications_0003"
branch_labels = None
depends_on = None
_CATEGORIES = {
    "waiting": ("registration-waitlisted", "waiting-moved", "waiting-ended"),
    "membership": ("membership-started", "membership-ended"),
}


def upgrade() -> None:
    """The release before writes neither category nor version: what it makes is mandatory."""
    for table in ("rules", "notices"):
        op.add_column(table, sa.Column("category", sa.String(20), nullable=False, server_default="affairs"))
    op.add_column("notices", sa.Column("subject_version", sa.Integer))
    rules = sa.table("rules", sa.column("key", sa.String), sa.column("category", sa.String))
    for category, keys in _CATEGORIES.items():
        op.execute(rules.update().where(rules.c.key.in_(keys)).values(category=category))
    op.create_table(
        "opt_outs",
        sa.Column("person_id", Uuid, nullable=False),
        sa.Column("topic", sa.String(20), nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.Column("way", sa.String(10), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "topic", name="pk_opt_outs"),
        sa.CheckConstraint("topic NOT IN ('affairs')", name="ck_opt_outs_optional"),
        sa.CheckConstraint("way IN ('page', 'one-click')", name="ck_opt_outs_way"),
    )
