"""The outbox, the inbox, leases and the audit trail.

Revision ID: shared_0001
"""

import sqlalchemy as sa
from alembic import op

from shared.database.types import BigId, Json, UtcDateTime, Uuid

revision = "shared_0001"
down_revision = None
branch_labels = ("shared",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "subject_versions",
        sa.Column("subject", sa.String(120), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("subject", name="pk_subject_versions"),
    )
    _outbox()
    _inbox()
    op.create_table(
        "leases",
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("holder", sa.String(120), nullable=False),
        sa.Column("token", sa.Integer, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.Column("not_before", UtcDateTime),
        sa.PrimaryKeyConstraint("name", name="pk_leases"),
    )
    op.create_table(
        "bound_queues",
        sa.Column("queue", sa.String(120), nullable=False),
        sa.Column("exchange", sa.String(120), nullable=False),
        sa.Column("bound_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("queue", "exchange", name="pk_bound_queues"),
    )
    op.create_table(
        "audit",
        sa.Column("id", BigId, nullable=False, autoincrement=True),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("actor_name", sa.String(120), nullable=False),
        sa.Column("action", sa.String(80), nullable=False),
        sa.Column("subject", sa.String(120), nullable=False),
        sa.Column("facts", Json, nullable=False),
        sa.Column("correlation_id", sa.String(80), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    op.create_index("ix_audit_subject", "audit", ["subject", "id"])


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", BigId, nullable=False, autoincrement=True),
        sa.Column("event_id", Uuid, nullable=False),
        sa.Column("exchange", sa.String(80), nullable=False),
        sa.Column("routing_key", sa.String(160), nullable=False),
        sa.Column("type", sa.String(160), nullable=False),
        sa.Column("subject", sa.String(120), nullable=False),
        sa.Column("subjectversion", sa.Integer, nullable=False),
        sa.Column("correlation_id", sa.String(80), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("recorded_at", UtcDateTime, nullable=False),
        sa.Column("published_at", UtcDateTime),
        sa.Column("unrouted_at", UtcDateTime),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("event_id", name="uq_outbox_event_id"),
        sqlite_autoincrement=True,
    )
    for name, condition in (
        ("ix_outbox_pending", "published_at IS NULL AND unrouted_at IS NULL"),
        ("ix_outbox_unrouted", "unrouted_at IS NOT NULL"),
    ):
        op.create_index(name, "outbox", ["id"], postgresql_where=sa.text(condition), sqlite_where=sa.text(condition))
    op.create_index("ix_outbox_subject", "outbox", ["subject", "subjectversion"])


def _inbox() -> None:
    op.create_table(
        "inbox",
        sa.Column("id", BigId, nullable=False, autoincrement=True),
        sa.Column("source", sa.String(60), nullable=False),
        sa.Column("event_id", Uuid, nullable=False),
        sa.Column("type", sa.String(160), nullable=False),
        sa.Column("subject", sa.String(120), nullable=False),
        sa.Column("subjectversion", sa.Integer, nullable=False),
        sa.Column("correlation_id", sa.String(80)),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("body", sa.Text),
        sa.Column("queue", sa.String(120), nullable=False),
        sa.Column("received_at", UtcDateTime, nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_attempt_at", UtcDateTime, nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("finished_at", UtcDateTime),
        sa.PrimaryKeyConstraint("id", name="pk_inbox"),
        sa.UniqueConstraint("source", "event_id", name="uq_inbox_source"),
        sa.CheckConstraint(
            "status IN ('waiting', 'done', 'passed', 'late', 'attention', 'skipped')", name="ck_inbox_status"
        ),
        sqlite_autoincrement=True,
    )
    for name, columns, condition in (
        ("ix_inbox_open", ["source", "subject", "subjectversion"], "status IN ('waiting', 'attention')"),
        ("ix_inbox_due", ["next_attempt_at", "id"], "status = 'waiting'"),
        ("ix_inbox_attention", ["id"], "status = 'attention'"),
    ):
        op.create_index(name, "inbox", columns, postgresql_where=sa.text(condition), sqlite_where=sa.text(condition))
    op.create_table(
        "inbox_positions",
        sa.Column("source", sa.String(60), nullable=False),
        sa.Column("subject", sa.String(120), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("gap_since", UtcDateTime),
        sa.Column("snapshot_asked_at", UtcDateTime),
        sa.PrimaryKeyConstraint("source", "subject", name="pk_inbox_positions"),
    )
    op.create_table(
        "refused_messages",
        sa.Column("id", BigId, nullable=False, autoincrement=True),
        sa.Column("queue", sa.String(120), nullable=False),
        sa.Column("received_at", UtcDateTime, nullable=False),
        sa.Column("reason", sa.String(60), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("message_id", sa.String(200)),
        sa.Column("type", sa.String(200)),
        sa.Column("content_type", sa.String(200)),
        sa.Column("headers", Json, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("seen_at", UtcDateTime),
        sa.PrimaryKeyConstraint("id", name="pk_refused_messages"),
    )
    op.create_index("ix_refused_messages_received_at", "refused_messages", ["received_at"])


def downgrade() -> None:
    for table in (
        "audit",
        "bound_queues",
        "leases",
        "refused_messages",
        "inbox_positions",
        "inbox",
        "outbox",
        "subject_versions",
    ):
        op.drop_table(table)
