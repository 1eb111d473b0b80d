"""Drafts of templates, rules with an audience and conditions of their own, and what staff subscribed to.

Revision ID: notifications_0006
"""

import sqlalchemy as sa
from alembic import op

from shared.database.types import Json, UtcDateTime, Uuid

revision = "notifications_0006"
down_revision = "notifications_0005"
branch_labels = None
depends_on = None
_AUDIENCE = "audience IN ('person', 'members', 'staff')"
_ACTIVE = "NOT active OR (audience = 'person' AND NOT switched_on)"


def upgrade() -> None:
    op.add_column("templates", sa.Column("restored_from", sa.Integer))
    op.create_table(
        "template_drafts",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("key", sa.String(60), nullable=False),
        sa.Column("channel", sa.String(10), nullable=False),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("approvals", Json, nullable=False),
        sa.Column("follows", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("changed_by", sa.String(120), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_template_drafts"),
        sa.UniqueConstraint("key", "channel", "language", name="uq_template_drafts_key"),
        sa.CheckConstraint("channel IN ('sms', 'email')", name="ck_template_drafts_channel"),
        sa.CheckConstraint("language IN ('zh-Hans', 'en')", name="ck_template_drafts_language"),
    )
    op.create_table(
        "staff_subscriptions",
        sa.Column("account_id", Uuid, nullable=False),
        sa.Column("event_type", sa.String(80), nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("account_id", "event_type", name="pk_staff_subscriptions"),
    )
    op.add_column("rules", sa.Column("organisation_id", Uuid))
    op.add_column("rules", sa.Column("conditions", Json, nullable=False, server_default="[]"))
    op.add_column("rules", sa.Column("reason", sa.String(300), nullable=False, server_default=""))
    op.add_column("rules", sa.Column("switched_on", sa.Boolean, nullable=False, server_default=sa.false()))
    if op.get_bind().dialect.name == "postgresql":
        op.add_column("rules", sa.Column("audience", sa.String(10), nullable=False, server_default="person"))
        op.create_check_constraint("ck_rules_audience", "rules", _AUDIENCE)
        op.create_check_constraint("ck_rules_active", "rules", _ACTIVE)
    else:  # SQLite takes a new constraint only together with a new column
        op.execute(
            "ALTER TABLE rules ADD COLUMN audience VARCHAR(10) DEFAULT 'person' NOT NULL "
            f"CONSTRAINT ck_rules_audience CHECK ({_AUDIENCE}) CONSTRAINT ck_rules_active CHECK ({_ACTIVE})"
        )
