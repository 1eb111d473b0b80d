"""Numbers in the queue, so that within a lane everybody's messages take turns.

Revision ID: notifications_0005
"""

import sqlalchemy as sa
from alembic import op

from shared.database.types import UtcDateTime

revision = "notifications_0005"
down_revision = "notifications_0004"
branch_labels = None
depends_on = None
_OPEN = "state IN ('pending', 'sending', 'unknown')"


def upgrade() -> None:
    """The release before neither numbers what it makes nor says that it rests: its rows are woken by the next claim and
    come first. It finds what is due by the state from now on, which is slower and not wrong.
    """
    op.add_column("messages", sa.Column("resting", sa.Boolean, nullable=False, server_default=sa.true()))
    op.add_column("messages", sa.Column("queue_number", sa.BigInteger, nullable=False, server_default="0"))
    _index("ix_messages_ready", ["channel", "lane", "queue_number", "due_at"], "false", "0")
    _index("ix_messages_resting", ["channel", "lane", "due_at"], "true", "1")
    op.drop_index("ix_messages_due", table_name="messages")
    op.create_table(
        "queue_numbers",
        sa.Column("originator", sa.String(80), nullable=False),
        sa.Column("channel", sa.String(10), nullable=False),
        sa.Column("lane", sa.Integer, nullable=False),
        sa.Column("next_number", sa.BigInteger, nullable=False),
        sa.Column("taken_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("originator", "channel", "lane", name="pk_queue_numbers"),
    )
    op.create_index("ix_queue_numbers_taken_at", "queue_numbers", ["taken_at"])


def _index(name: str, columns: list[str], postgresql: str, sqlite: str) -> None:
    op.create_index(
        name,
        "messages",
        columns,
        postgresql_where=sa.text(f"{_OPEN} AND resting IS {postgresql}"),
        sqlite_where=sa.text(f"{_OPEN} AND resting IS {sqlite}"),
    )
