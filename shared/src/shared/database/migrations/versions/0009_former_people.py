"""Who was merged into another record or erased, so that no late event brings them back.

Revision ID: shared_0009
"""

import sqlalchemy as sa
from alembic import op

from shared.database.types import Json, UtcDateTime, Uuid

revision = "shared_0009"
down_revision = "shared_0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "former_people",
        sa.Column("person_id", Uuid, nullable=False),
        sa.Column("merged_into", Uuid),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.Column("counts", Json, nullable=False),
        sa.PrimaryKeyConstraint("person_id", name="pk_former_people"),
    )
    op.create_index("ix_former_people_merged_into", "former_people", ["merged_into"])


def downgrade() -> None:
    op.drop_table("former_people")
