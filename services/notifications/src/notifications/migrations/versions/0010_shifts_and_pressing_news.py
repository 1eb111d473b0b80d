"""Who is on which shift, news that do not wait for the morning, and whom a notice was for.

Revision ID: notifications_0010
"""

import sqlalchemy as sa
from alembic import op

from shared.database.types import Json, UtcDateTime, Uuid

revision = "notifications_0010"
down_revision = "notifications_0009"
branch_labels = None
depends_on = None
_BEFORE = "audience IN ('person', 'members', 'staff')"
_AUDIENCE = "audience IN ('person', 'members', 'staff', 'shift', 'on-duty')"


def upgrade() -> None:
    op.add_column("notices", sa.Column("needed_by", UtcDateTime))
    op.add_column("notices", sa.Column("audience", Json))
    _known()
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint("ck_rules_audience", "rules", type_="check")
        op.create_check_constraint("ck_rules_audience", "rules", _AUDIENCE)
    else:
        _rebuild_rules()


def _known() -> None:
    op.create_table(
        "known_shifts",
        sa.Column("shift_id", Uuid, nullable=False),
        sa.Column("title_zh", sa.String(200), nullable=False),
        sa.Column("title_en", sa.String(200), nullable=False),
        sa.Column("body", sa.String(10)),
        sa.Column("starts_at", UtcDateTime, nullable=False),
        sa.Column("ends_at", UtcDateTime, nullable=False),
        sa.Column("cancelled", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("shift_id", name="pk_known_shifts"),
    )
    op.create_index("ix_known_shifts_ends_at", "known_shifts", ["ends_at"])
    op.create_table(
        "known_duties",
        sa.Column("duty_id", Uuid, nullable=False),
        sa.Column("shift_id", Uuid, nullable=False),
        sa.Column("person_id", Uuid, nullable=False),
        sa.Column("starts_at", UtcDateTime, nullable=False),
        sa.Column("ends_at", UtcDateTime, nullable=False),
        sa.Column("released", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("duty_id", name="pk_known_duties"),
    )
    op.create_index("ix_known_duties_shift", "known_duties", ["shift_id", "released"])
    op.create_index("ix_known_duties_ends_at", "known_duties", ["ends_at"])


def _rebuild_rules() -> None:
    """SQLite changes no constraint: the table is written anew with its own words but for that one."""
    link = op.get_bind()
    was = link.exec_driver_sql("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = 'rules'").scalar_one()
    indexes = link.exec_driver_sql("SELECT sql FROM sqlite_master WHERE tbl_name = 'rules' AND type = 'index'"
                                   " AND sql IS NOT NULL").scalars().all()  # fmt: skip
    if _BEFORE not in was:
        raise RuntimeError("The table of rules is not as migration 6 left it.")
    link.exec_driver_sql("ALTER TABLE rules RENAME TO rules_before")
    for index in indexes:
        link.exec_driver_sql(f"DROP INDEX {index.split()[2]}")
    link.exec_driver_sql(was.replace(_BEFORE, _AUDIENCE))
    link.exec_driver_sql("INSERT INTO rules SELECT * FROM rules_before")
    link.exec_driver_sql("DROP TABLE rules_before")
    for index in indexes:
        link.exec_driver_sql(index)
