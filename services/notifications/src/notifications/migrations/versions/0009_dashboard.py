"""Indexes that the first page reads instead of the tables: the law of conservation, what was sent, and today.

Revision ID: notifications_0009
"""

import sqlalchemy as sa
from alembic import op

revision = "notifications_0009"
down_revision = "notifications_0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The times at which messages were made grow with the table: a few pages say on PostgreSQL where a day lies."""
    op.create_index("ix_messages_body_state", "messages", ["body", "state"])
    op.create_index("ix_notices_body_accepted", "notices", ["body", "accepted"])
    sent = sa.text("state = 'sent'")
    op.create_index(
        "ix_messages_sent", "messages", ["finished_at", "provider", "cost"], postgresql_where=sent, sqlite_where=sent
    )
    op.create_index("ix_messages_made", "messages", ["created_at"], postgresql_using="brin")
