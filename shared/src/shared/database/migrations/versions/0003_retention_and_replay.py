"""What deliveries are searched by, why a row has no route, bodies that can be dropped, and snapshots in pages.

Revision ID: shared_0003
"""

import sqlalchemy as sa
from alembic import op

from shared.database.types import UtcDateTime, Uuid

revision = "shared_0003"
down_revision = "shared_0002"
branch_labels = None
depends_on = None

_PARTIAL = {
    "ix_outbox_pending": "published_at IS NULL AND unrouted_at IS NULL",
    "ix_outbox_unrouted": "unrouted_at IS NOT NULL",
}


def upgrade() -> None:
    _drop_outbox_indexes()
    with op.batch_alter_table("outbox", table_kwargs={"sqlite_autoincrement": True}) as outbox:
        outbox.alter_column("body", existing_type=sa.Text, nullable=True)
        outbox.add_column(sa.Column("causation_id", sa.String(80)))
        outbox.add_column(sa.Column("unrouted_because", sa.String(40)))
        outbox.drop_constraint("uq_outbox_event_id", type_="unique")
        outbox.create_unique_constraint("uq_outbox_event_id", ["event_id", "routing_key"])
    _create_outbox_indexes()
    op.create_index("ix_outbox_correlation_id", "outbox", ["correlation_id"])
    op.create_index("ix_inbox_correlation_id", "inbox", ["correlation_id"])
    op.create_index("ix_inbox_subject", "inbox", ["subject", "subjectversion"])
    op.create_table(
        "snapshot_answers",
        sa.Column("request_id", Uuid, nullable=False),
        sa.Column("asker", sa.String(60), nullable=False),
        sa.Column("queue", sa.String(120), nullable=False),
        sa.Column("noun", sa.String(40), nullable=False),
        sa.Column("after", Uuid),
        sa.Column("sent", sa.Integer, nullable=False),
        sa.Column("correlation_id", sa.String(80), nullable=False),
        sa.Column("traceparent", sa.String(60)),
        sa.Column("asked_at", UtcDateTime, nullable=False),
        sa.Column("finished_at", UtcDateTime),
        sa.PrimaryKeyConstraint("request_id", name="pk_snapshot_answers"),
    )
    op.create_index(
        "ix_snapshot_answers_open",
        "snapshot_answers",
        ["asked_at"],
        postgresql_where=sa.text("finished_at IS NULL"),
        sqlite_where=sa.text("finished_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("snapshot_answers")
    op.drop_index("ix_inbox_subject", "inbox")
    op.drop_index("ix_inbox_correlation_id", "inbox")
    op.drop_index("ix_outbox_correlation_id", "outbox")
    _drop_outbox_indexes()
    with op.batch_alter_table("outbox", table_kwargs={"sqlite_autoincrement": True}) as outbox:
        outbox.drop_constraint("uq_outbox_event_id", type_="unique")
        outbox.create_unique_constraint("uq_outbox_event_id", ["event_id"])
        outbox.drop_column("unrouted_because")
        outbox.drop_column("causation_id")
        outbox.alter_column("body", existing_type=sa.Text, nullable=False)
    _create_outbox_indexes()


def _drop_outbox_indexes() -> None:
    """SQLite rebuilds the table; it is given its partial indexes again afterwards."""
    for name in (*_PARTIAL, "ix_outbox_subject"):
        op.drop_index(name, "outbox")


def _create_outbox_indexes() -> None:
    for name, condition in _PARTIAL.items():
        op.create_index(name, "outbox", ["id"], postgresql_where=sa.text(condition), sqlite_where=sa.text(condition))
    op.create_index("ix_outbox_subject", "outbox", ["subject", "subjectversion"])
