"""Shares kept with what they judged, payments that are reversed, joint branches, and statements from elsewhere.

The shares were constants of the checks; now a row says by which it was judged. Rows of before, and those of a release
that runs beside this one, were judged by the figures in the server defaults.

Revision ID: membership_0012
"""

import sqlalchemy as sa
from alembic import op

from shared.database.types import UtcDateTime, Uuid

revision = "membership_0012"
down_revision = "membership_0011"
branch_labels = None
depends_on = None


def _reached(count: str, of: str, share: str) -> str:
    return (
        f"{count} * {share}_whole > {of} * {share}_part "
        f"OR (NOT {share}_strict AND {count} * {share}_whole = {of} * {share}_part)"
    )


_CHECKS = (
    (
        "ballots",
        "passed",
        "passed = (present * 2 > due AND in_favour * 2 > due)",
        f"passed = (({_reached('present', 'due', 'quorum')}) AND ({_reached('in_favour', 'due', 'majority')}))",
    ),
    ("elections", "quorum", "present * 5 >= due * 4", _reached("present", "due", "quorum")),
    (
        "election_candidates",
        "majority",
        "role IS NULL OR in_favour * 2 > present",
        f"role IS NULL OR {_reached('in_favour', 'present', 'majority')}",
    ),
    ("committee_terms", "years", "years IN (3, 5)", "years > 0"),
    (
        "appraisals",
        "excellent",
        "excellent >= 0 AND excellent * 3 <= full_members",
        "excellent >= 0 AND excellent * excellent_whole <= full_members * excellent_part",
    ),
)
"""Table, name of the check, what it said, what it says now."""


def upgrade() -> None:
    op.add_column("ballots", sa.Column("rule_pack", sa.String(10)))
    _add_share("ballots", "quorum", 1, 2, strict=True)
    _add_share("ballots", "majority", 1, 2, strict=True)
    _add_share("elections", "quorum", 4, 5, strict=False)
    _add_share("election_candidates", "majority", 1, 2, strict=True)
    _add_share("appraisals", "excellent", 1, 3)
    if op.get_bind().dialect.name == "postgresql":
        for table, name, _before, now in _CHECKS:
            op.execute(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{name}")
            op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{name} CHECK ({now})")
    else:
        _rewrite_checks()
    _reversals()
    _joined_units()
    _statements()


def _add_share(table: str, share: str, part: int, whole: int, *, strict: bool | None = None) -> None:
    op.add_column(table, sa.Column(f"{share}_part", sa.Integer, nullable=False, server_default=str(part)))
    op.add_column(table, sa.Column(f"{share}_whole", sa.Integer, nullable=False, server_default=str(whole)))
    if strict is not None:
        default = sa.true() if strict else sa.false()
        op.add_column(table, sa.Column(f"{share}_strict", sa.Boolean, nullable=False, server_default=default))


def _rewrite_checks() -> None:
    """SQLite has no statement that changes a check, and its tables, referred to by others, cannot be rebuilt within a
    transaction that has foreign keys on. Its documentation names this way: the text of the schema is changed, which
    touches no row (https://www.sqlite.org/lang_altertable.html, section 7)."""
    bind = op.get_bind()
    bind.exec_driver_sql("PRAGMA writable_schema = ON")
    for table, _name, before, now in _CHECKS:
        statement = "UPDATE sqlite_schema SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = ? AND sql LIKE ?"
        if bind.exec_driver_sql(statement, (before, now, table, f"%{before}%")).rowcount != 1:
            raise RuntimeError(f"{table}: the check is not the one that this migration knows")
    bind.exec_driver_sql("PRAGMA writable_schema = RESET")


def _reversals() -> None:
    op.add_column("dues_payments", sa.Column("recorded_by_id", Uuid))
    op.add_column("dues_payments", sa.Column("reversed_on", sa.Date))
    op.add_column("dues_payments", sa.Column("reversed_by", sa.String(120)))
    for column, size, name, check in (
        ("reversal_reason", 300, "reversed", "(reversed_on IS NULL) = (reversal_reason IS NULL)"),
        ("reversed_reference", 60, "reversed_reference", "reversed_on IS NULL OR reference IS NULL"),
    ):
        op.execute(
            f"ALTER TABLE dues_payments ADD COLUMN {column} VARCHAR({size}) "
            f"CONSTRAINT ck_dues_payments_{name} CHECK ({check})"
        )


def _joined_units() -> None:
    op.create_table(
        "joined_units",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("unit_id", Uuid, nullable=False),
        sa.Column("branch_id", Uuid, nullable=False),
        sa.Column("start_on", sa.Date, nullable=False),
        sa.Column("end_on", sa.Date, nullable=True),
        sa.Column("note", sa.String(300), nullable=False),
        sa.Column("recorded_by", sa.String(120), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.CheckConstraint("unit_id <> branch_id", name="ck_joined_units_itself"),
        sa.CheckConstraint("end_on IS NULL OR end_on > start_on", name="ck_joined_units_period"),
        sa.ForeignKeyConstraint(["unit_id"], ["organisations.id"], name="fk_joined_units_unit_id_organisations"),
        sa.ForeignKeyConstraint(["branch_id"], ["organisations.id"], name="fk_joined_units_branch_id_organisations"),
        sa.PrimaryKeyConstraint("id", name="pk_joined_units"),
    )
    op.create_index("ix_joined_units_branch", "joined_units", ["branch_id", "end_on"], unique=False)
    op.create_index(
        "uq_joined_units_open",
        "joined_units",
        ["unit_id"],
        unique=True,
        postgresql_where=sa.text("end_on IS NULL"),
        sqlite_where=sa.text("end_on IS NULL"),
    )


def _statements() -> None:
    op.create_table(
        "floating_statements",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("stay_id", Uuid, nullable=False),
        sa.Column("first_on", sa.Date, nullable=False),
        sa.Column("last_on", sa.Date, nullable=False),
        sa.Column("received_on", sa.Date, nullable=False),
        sa.Column("attended", sa.Integer, nullable=False),
        sa.Column("place", sa.String(120), nullable=False),
        sa.Column("note", sa.String(300), nullable=False),
        sa.Column("recorded_by", sa.String(120), nullable=False),
        sa.Column("recorded_at", UtcDateTime, nullable=False),
        sa.CheckConstraint("last_on >= first_on", name="ck_floating_statements_period"),
        sa.CheckConstraint("received_on >= last_on", name="ck_floating_statements_received"),
        sa.CheckConstraint("attended >= 0", name="ck_floating_statements_attended"),
        sa.ForeignKeyConstraint(
            ["stay_id"], ["floating_stays.id"], name="fk_floating_statements_stay_id_floating_stays"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_floating_statements"),
    )
    op.create_index("ix_floating_statements_stay", "floating_statements", ["stay_id", "first_on"], unique=False)
