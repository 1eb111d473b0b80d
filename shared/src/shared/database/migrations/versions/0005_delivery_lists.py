"""Finding the few rows that staff look for among a million: events that are being retried, refusals nobody has seen.

Revision ID: shared_0005
"""

import sqlalchemy as sa
from alembic import op

revision = "shared_0005"
down_revision = "shared_0004"
branch_labels = None
depends_on = None

_INDEXES = (
    ("ix_inbox_retrying", "inbox", "status = 'waiting' AND attempts > 0"),
    ("ix_refused_messages_unseen", "refused_messages", "seen_at IS NULL"),
)


def upgrade() -> None:
    for name, table, condition in _INDEXES:
        op.create_index(name, table, ["id"], postgresql_where=sa.text(condition), sqlite_where=sa.text(condition))


def downgrade() -> None:
    for name, table, _ in _INDEXES:
        op.drop_index(name, table)
