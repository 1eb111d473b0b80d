"""Broadcasts and their frozen lists, who belongs to what, mails that came back for now, and the bounce mailbox.

Revision ID: notifications_0007
"""

import sqlalchemy as sa
from alembic import op

from shared.database.types import Json, UtcDateTime, Uuid

revision = "notifications_0007"
down_revision = "notifications_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _broadcasts()
    _audiences()
    op.create_table(
        "soft_bounces",
        sa.Column("message_id", Uuid, nullable=False),
        sa.Column("address", sa.String(254), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("message_id", name="pk_soft_bounces"),
    )
    op.create_index("ix_soft_bounces_address", "soft_bounces", ["address", "at"])
    op.create_table(
        "bounce_mailboxes",
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("read_at", UtcDateTime),
        sa.Column("taken", sa.Integer, nullable=False),
        sa.Column("failed_at", UtcDateTime),
        sa.Column("code", sa.String(80), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_bounce_mailboxes"),
    )


def _broadcasts() -> None:
    op.create_table(
        "broadcasts",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("body", sa.String(10), nullable=False),
        sa.Column("title", sa.String(120), nullable=False),
        sa.Column("audience", Json, nullable=False),
        sa.Column("channels", Json, nullable=False),
        sa.Column("category", sa.String(20), nullable=False),
        sa.Column("template_key", sa.String(60)),
        sa.Column("values", Json, nullable=False),
        sa.Column("texts", Json, nullable=False),
        sa.Column("kept_hours", sa.Integer, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("reason", sa.String(300)),
        sa.Column("needs_approval", sa.Boolean, nullable=False),
        sa.Column("people", sa.Integer),
        sa.Column("reached", sa.Integer),
        sa.Column("segments", sa.Integer),
        sa.Column("cost", sa.BigInteger),
        sa.Column("author", sa.String(120), nullable=False),
        sa.Column("author_key", sa.String(60), nullable=False),
        sa.Column("author_person_id", Uuid),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("handed_in_at", UtcDateTime),
        sa.Column("approved_by", sa.String(120)),
        sa.Column("approved_key", sa.String(60)),
        sa.Column("approved_at", UtcDateTime),
        sa.Column("fanned_out_at", UtcDateTime),
        sa.Column("ended_at", UtcDateTime),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_broadcasts"),
        sa.CheckConstraint(
            "state IN ('draft', 'waiting', 'running', 'done', 'stopped', 'discarded')", name="ck_broadcasts_state"
        ),
        sa.CheckConstraint("body IN ('party', 'union', 'league', 'women')", name="ck_broadcasts_body"),
        sa.CheckConstraint(
            "NOT needs_approval OR approved_key IS NULL OR approved_key <> author_key", name="ck_broadcasts_four_eyes"
        ),
        sa.CheckConstraint(
            "state NOT IN ('running', 'done', 'stopped') OR approved_at IS NOT NULL", name="ck_broadcasts_released"
        ),
    )
    op.create_index("ix_broadcasts_body", "broadcasts", ["body", "state"])
    _partial("ix_broadcasts_at_work", "broadcasts", ["id"], "state = 'running'")
    op.create_table(
        "broadcast_recipients",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("broadcast_id", Uuid, nullable=False),
        sa.Column("person_id", Uuid, nullable=False),
        sa.Column("about_id", Uuid, nullable=False),
        sa.Column("left_out", sa.String(40)),
        sa.Column("made_at", UtcDateTime),
        sa.PrimaryKeyConstraint("id", name="pk_broadcast_recipients"),
        sa.ForeignKeyConstraint(
            ["broadcast_id"], ["broadcasts.id"], name="fk_broadcast_recipients_broadcast_id_broadcasts"
        ),
        sa.UniqueConstraint("broadcast_id", "person_id", name="uq_broadcast_recipients_broadcast_id"),
    )
    op.create_index("ix_broadcast_recipients_list", "broadcast_recipients", ["broadcast_id", "id"])
    _partial(
        "ix_broadcast_recipients_to_be_made", "broadcast_recipients", ["broadcast_id", "id"],
        "made_at IS NULL AND left_out IS NULL",
    )  # fmt: skip


def _audiences() -> None:
    """What the release before never heard of is filled by snapshots, which the new needs ask for."""
    op.add_column("organisations", sa.Column("parent_id", Uuid))
    op.add_column("organisations", sa.Column("body", sa.String(10)))
    op.add_column("organisations", sa.Column("active", sa.Boolean))
    op.create_index("ix_organisations_parent", "organisations", ["parent_id"])
    op.create_table(
        "known_memberships",
        sa.Column("membership_id", Uuid, nullable=False),
        sa.Column("organisation_id", Uuid, nullable=False),
        sa.Column("person_id", Uuid, nullable=False),
        sa.Column("start_on", sa.Date, nullable=False),
        sa.Column("end_on", sa.Date),
        sa.PrimaryKeyConstraint("membership_id", name="pk_known_memberships"),
    )
    op.create_index("ix_known_memberships_organisation", "known_memberships", ["organisation_id"])
    op.create_table(
        "known_registrations",
        sa.Column("registration_id", Uuid, nullable=False),
        sa.Column("activity_id", Uuid, nullable=False),
        sa.Column("session_id", Uuid, nullable=False),
        sa.Column("person_id", Uuid, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.PrimaryKeyConstraint("registration_id", name="pk_known_registrations"),
    )
    op.create_index("ix_known_registrations_activity", "known_registrations", ["activity_id", "state"])
    op.create_table(
        "known_activities",
        sa.Column("activity_id", Uuid, nullable=False),
        sa.Column("title_zh", sa.String(200), nullable=False),
        sa.Column("title_en", sa.String(200), nullable=False),
        sa.Column("bodies", Json, nullable=False),
        sa.Column("ends_at", UtcDateTime),
        sa.PrimaryKeyConstraint("activity_id", name="pk_known_activities"),
    )


def _partial(name: str, table: str, columns: list[str], condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, table, columns, postgresql_where=where, sqlite_where=where)
