"""Providers with their circuit and bucket, approved texts, suppressed addresses, receipts that came early.

Messages say what they cost, when they were handed over and under which number of the provider.

Revision ID: notifications_0002
"""

import sqlalchemy as sa
from alembic import op

from shared.database.types import Json, UtcDateTime, Uuid

revision = "notifications_0002"
down_revision = "notifications_0001"
branch_labels = None
depends_on = None
_OPEN = "state IN ('pending', 'sending', 'unknown')"


def upgrade() -> None:
    op.add_column("messages", sa.Column("handed_at", UtcDateTime))
    op.add_column("messages", sa.Column("cost", sa.BigInteger))
    op.add_column("messages", sa.Column("serial", sa.String(80)))
    op.add_column("notices", sa.Column("contents_dropped_at", UtcDateTime))
    op.drop_index("ix_messages_due", "messages")
    _partial("ix_messages_due", "messages", ["channel", "lane", "due_at"], _OPEN)
    _partial("ix_messages_cost", "messages", ["finished_at"], "cost > 0")
    _partial("ix_messages_serial", "messages", ["serial"], "serial IS NOT NULL")
    _partial("ix_notices_contents", "notices", ["created_at"], "contents_dropped_at IS NULL")
    op.create_table(
        "providers",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("channel", sa.String(10), nullable=False),
        sa.Column("circuit", sa.String(10), nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("openings", sa.Integer, nullable=False),
        sa.Column("next_try_at", UtcDateTime),
        sa.Column("code", sa.String(80), nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("rate", sa.Integer),
        sa.Column("burst", sa.Integer, nullable=False),
        sa.Column("tokens", sa.Float, nullable=False),
        sa.Column("filled_at", UtcDateTime, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_providers"),
        sa.CheckConstraint("channel IN ('sms', 'email')", name="ck_providers_channel"),
        sa.CheckConstraint("circuit IN ('closed', 'open', 'probing')", name="ck_providers_circuit"),
        sa.CheckConstraint("rate > 0 AND burst > 0", name="ck_providers_rate"),
    )
    op.create_table(
        "approved_texts",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("template_id", Uuid, nullable=False),
        sa.Column("provider", sa.String(40), nullable=False),
        sa.Column("code", sa.String(80), nullable=False),
        sa.Column("parameters", Json, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_approved_texts"),
        sa.UniqueConstraint("template_id", "provider", name="uq_approved_texts_template_id"),
        sa.ForeignKeyConstraint(["template_id"], ["templates.id"], name="fk_approved_texts_template_id_templates"),
    )
    op.create_table(
        "suppressions",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("channel", sa.String(10), nullable=False),
        sa.Column("address", sa.String(254), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("note", sa.String(200), nullable=False),
        sa.Column("person_id", Uuid),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.Column("made_by", sa.String(120), nullable=False),
        sa.Column("lifted_at", UtcDateTime),
        sa.Column("lifted_by", sa.String(120)),
        sa.PrimaryKeyConstraint("id", name="pk_suppressions"),
        sa.CheckConstraint("channel IN ('sms', 'email')", name="ck_suppressions_channel"),
    )
    _partial("uq_suppressions_in_force", "suppressions", ["channel", "address"], "lifted_at IS NULL", unique=True)
    op.create_index("ix_suppressions_person", "suppressions", ["person_id"])
    op.create_table(
        "early_receipts",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("provider", sa.String(40), nullable=False),
        sa.Column("serial", sa.String(80), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("taken_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_early_receipts"),
        sa.UniqueConstraint("provider", "serial", name="uq_early_receipts_provider"),
        sa.CheckConstraint("state IN ('delivered', 'undelivered')", name="ck_early_receipts_state"),
    )
    op.create_index("ix_early_receipts_taken_at", "early_receipts", ["taken_at"])


def _partial(name: str, table: str, columns: list[str], condition: str, *, unique: bool = False) -> None:
    where = sa.text(condition)
    op.create_index(name, table, columns, unique=unique, postgresql_where=where, sqlite_where=where)
