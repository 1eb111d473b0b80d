"""Leading to what is old enough to be forgotten, by partial indexes instead of remembered positions.

An event that is sent or tried again is done with later than its neighbours, so no position in a table parts old from
young.

Revision ID: shared_0007
"""

import sqlalchemy as sa
from alembic import op

revision = "shared_0007"
down_revision = "shared_0006"
branch_labels = None
depends_on = None

_INDEXES = (
    ("ix_outbox_bodies", "outbox", "published_at", "published_at IS NOT NULL AND body IS NOT NULL"),
    ("ix_outbox_without_body", "outbox", "published_at", "published_at IS NOT NULL AND body IS NULL"),
    ("ix_inbox_bodies", "inbox", "finished_at", "finished_at IS NOT NULL AND body IS NOT NULL"),
    ("ix_inbox_without_body", "inbox", "finished_at", "finished_at IS NOT NULL AND body IS NULL"),
    ("ix_refused_messages_seen", "refused_messages", "seen_at", "seen_at IS NOT NULL"),
    ("ix_snapshot_answers_finished", "snapshot_answers", "finished_at", "finished_at IS NOT NULL"),
)


def upgrade() -> None:
    for name, table, column, condition in _INDEXES:
        op.create_index(name, table, [column], postgresql_where=sa.text(condition), sqlite_where=sa.text(condition))


def downgrade() -> None:
    for name, table, _, _ in _INDEXES:
        op.drop_index(name, table)
