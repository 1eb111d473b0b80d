"""Short links to preferences, replies to SMS, retries of many, why a rule passes quiet hours, the end of broadcasts'
contents, and receipts that came early and say that nobody is at a number.

Revision ID: notifications_0011
"""

import sqlalchemy as sa
from alembic import op

from shared.database.types import BigId, Json, UtcDateTime, Uuid

revision = "notifications_0011"
down_revision = "notifications_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The release before passes over all of it: what it writes means what it meant."""
    op.add_column("early_receipts", sa.Column("unreachable", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("rules", sa.Column("passes_reason", sa.String(300), nullable=False, server_default=""))
    op.add_column("broadcasts", sa.Column("contents_dropped_at", UtcDateTime))
    op.create_index("ix_contacts_phone", "contacts", ["phone"])
    _ways_of_opting_out()
    _links()
    _replies()
    _retries()


def _ways_of_opting_out() -> None:
    ways = "way IN ('page', 'one-click', 'reply')"
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint("ck_opt_outs_way", "opt_outs", type_="check")
        op.create_check_constraint("ck_opt_outs_way", "opt_outs", ways)
        return
    # SQLite changes no constraint of a table that is there.
    op.create_table(
        "opt_outs_with_replies",
        sa.Column("person_id", Uuid, nullable=False),
        sa.Column("topic", sa.String(20), nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.Column("way", sa.String(10), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "topic", name="pk_opt_outs"),
        sa.CheckConstraint("topic NOT IN ('affairs')", name="ck_opt_outs_optional"),
        sa.CheckConstraint(ways, name="ck_opt_outs_way"),
    )
    op.execute("INSERT INTO opt_outs_with_replies SELECT person_id, topic, since, way FROM opt_outs")
    op.drop_table("opt_outs")
    op.rename_table("opt_outs_with_replies", "opt_outs")


def _links() -> None:
    op.create_table(
        "preference_links",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("person_id", Uuid, nullable=False),
        sa.Column("made_by", sa.String(120), nullable=False),
        sa.Column("made_at", UtcDateTime, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_preference_links"),
        sa.UniqueConstraint("token_hash", name="uq_preference_links_token_hash"),
    )
    op.create_index("ix_preference_links_person", "preference_links", ["person_id"])
    op.create_index("ix_preference_links_expires_at", "preference_links", ["expires_at"])
    op.create_table(
        "link_revocations",
        sa.Column("person_id", Uuid, nullable=False),
        sa.Column("revoked_at", UtcDateTime, nullable=False),
        sa.Column("revoked_by", sa.String(120), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name="pk_link_revocations"),
    )


def _replies() -> None:
    op.create_table(
        "sms_replies",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("provider", sa.String(40), nullable=False),
        sa.Column("reply_key", sa.String(64), nullable=False),
        sa.Column("phone", sa.String(20), nullable=False),
        sa.Column("word", sa.String(20)),
        sa.Column("people", sa.Integer, nullable=False),
        sa.Column("taken_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sms_replies"),
        sa.UniqueConstraint("provider", "reply_key", name="uq_sms_replies_provider"),
    )
    op.create_index("ix_sms_replies_phone", "sms_replies", ["phone"])
    op.create_index("ix_sms_replies_taken_at", "sms_replies", ["taken_at"])


def _retries() -> None:
    op.create_table(
        "bulk_retries",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("filters", Json, nullable=False),
        sa.Column("before", UtcDateTime, nullable=False),
        sa.Column("retried", sa.Integer, nullable=False),
        sa.Column("left", sa.Integer, nullable=False),
        sa.Column("made_by", sa.String(120), nullable=False),
        sa.Column("made_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_bulk_retries"),
    )
