"""Who handed a broadcast in, why reminders pass the quiet hours, and messages that may have arrived although they
ended otherwise.

Revision ID: notifications_0012
"""

import sqlalchemy as sa
from alembic import op

from shared.database.types import Uuid

revision = "notifications_0012"
down_revision = "notifications_0011"
branch_labels = None
depends_on = None

_SECOND = (
    "NOT needs_approval OR approved_key IS NULL OR (approved_key NOT LIKE 'token:%' AND (handed_in_key IS NULL OR "
    "(handed_in_key <> approved_key AND handed_in_key NOT LIKE 'token:%')))"
)
"""The release before says nobody who handed it in; whoever writes it is held to it."""


def upgrade() -> None:
    """The release before passes over all of it: what it writes means what it meant."""
    op.add_column("broadcasts", sa.Column("handed_in_by", sa.String(120)))
    op.add_column("broadcasts", sa.Column("handed_in_person_id", Uuid))
    if op.get_bind().dialect.name == "sqlite":  # takes a new constraint only together with a new column
        op.execute(
            "ALTER TABLE broadcasts ADD COLUMN handed_in_key VARCHAR(60) "
            f"CONSTRAINT ck_broadcasts_second_person CHECK ({_SECOND})"
        )
    else:
        op.add_column("broadcasts", sa.Column("handed_in_key", sa.String(60)))
        op.create_check_constraint("ck_broadcasts_second_person", "broadcasts", _SECOND)
    op.add_column("reminder_rules", sa.Column("passes_reason", sa.String(300), nullable=False, server_default=""))
    op.add_column("messages", sa.Column("maybe_sent", sa.Boolean, nullable=False, server_default=sa.false()))
