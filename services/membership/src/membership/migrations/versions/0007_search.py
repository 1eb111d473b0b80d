"""The search index of people.

Revision ID: membership_0007
"""

import sqlalchemy as sa
from alembic import op

from shared.database.types import Uuid

revision = "membership_0007"
down_revision = "membership_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("people", sa.Column("indexed_version", sa.Integer, nullable=False, server_default="0"))
    op.create_table(
        "person_tokens",
        sa.Column("token", sa.String(64).with_variant(sa.String(64, collation="C"), "postgresql"), nullable=False),
        sa.Column("person_id", Uuid, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="fk_person_tokens_person_id_people", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token", "person_id", name="pk_person_tokens"),
    )
    op.create_index("ix_person_tokens_person_id", "person_tokens", ["person_id"], unique=False)
