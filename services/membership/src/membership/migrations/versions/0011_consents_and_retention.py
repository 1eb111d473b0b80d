"""Names in the order of their reading, consents of guardians, retention, and erasures that two persons decide.

Revision ID: membership_0011
"""

import sqlalchemy as sa
from alembic import op

from shared.database.types import UtcDateTime, Uuid

revision = "membership_0011"
down_revision = "membership_0010"
branch_labels = None
depends_on = None

_BATCH = 1000
_KEY = sa.String(200).with_variant(sa.String(200, collation="C"), "postgresql")


def upgrade() -> None:
    _sort_keys()
    _consents()
    _retention()
    for column, check in (
        ("requested_by_person", ""),
        (
            "decided_by_person",
            " CONSTRAINT ck_erasures_two_persons CHECK (state <> 'done' OR requested_by_person IS NULL"
            " OR decided_by_person IS NULL OR decided_by_person <> requested_by_person)",
        ),
    ):
        kind = Uuid().compile(dialect=op.get_bind().dialect)
        op.execute(f"ALTER TABLE erasures ADD COLUMN {column} {kind}{check}")


def _sort_keys() -> None:
    """The release before writes none; its people are caught up with by the timer that keeps the search index."""
    op.add_column("people", sa.Column("sort_key", _KEY, nullable=False, server_default=""))
    op.create_index("ix_people_sort_key", "people", ["sort_key", "id"])
    op.create_index("ix_people_birth_on", "people", ["birth_on", "id"])
    from membership.people.readings import sort_key

    people = sa.table("people", sa.column("id", Uuid), sa.column("name"), sa.column("sort_key"), sa.column("erased_at"))
    bind, after = op.get_bind(), None
    while True:
        query = sa.select(people.c.id, people.c.name).where(people.c.erased_at.is_(None)).order_by(people.c.id)
        rows = bind.execute((query if after is None else query.where(people.c.id > after)).limit(_BATCH)).all()
        if not rows:
            return
        named = sa.update(people).where(people.c.id == sa.bindparam("who")).values(sort_key=sa.bindparam("key"))
        bind.execute(named, [{"who": row.id, "key": sort_key(row.name)} for row in rows])
        after = rows[-1].id


def _consents() -> None:
    op.create_table(
        "guardian_consents",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("child_id", Uuid, nullable=False),
        sa.Column("guardian_id", Uuid, nullable=False),
        sa.Column("given_on", sa.Date, nullable=False),
        sa.Column("paper", sa.String(120), nullable=False),
        sa.Column("recorded_by", sa.String(120), nullable=False),
        sa.Column("recorded_at", UtcDateTime, nullable=False),
        sa.Column("withdrawn_on", sa.Date),
        sa.Column("withdrawn_by", sa.String(120)),
        sa.PrimaryKeyConstraint("id", name="pk_guardian_consents"),
        sa.ForeignKeyConstraint(["child_id"], ["people.id"], name="fk_guardian_consents_child_id_people"),
        sa.ForeignKeyConstraint(["guardian_id"], ["people.id"], name="fk_guardian_consents_guardian_id_people"),
        sa.CheckConstraint("child_id <> guardian_id", name="ck_guardian_consents_own"),
        sa.CheckConstraint("withdrawn_on IS NULL OR withdrawn_on >= given_on", name="ck_guardian_consents_withdrawn"),
        sa.CheckConstraint("paper <> ''", name="ck_guardian_consents_paper"),
    )
    op.create_index("ix_guardian_consents_child_id", "guardian_consents", ["child_id"])
    op.create_index("ix_guardian_consents_guardian_id", "guardian_consents", ["guardian_id"])


def _retention() -> None:
    op.create_table(
        "retention_runs",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("over_cap", sa.Boolean, nullable=False),
        sa.Column("started_by", sa.String(120), nullable=False),
        sa.Column("started_by_key", sa.String(80), nullable=False),
        sa.Column("started_at", UtcDateTime, nullable=False),
        sa.Column("final_from", UtcDateTime, nullable=False),
        sa.Column("undone_by", sa.String(120)),
        sa.Column("ended_at", UtcDateTime),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_retention_runs"),
        sa.CheckConstraint("state IN ('marked', 'undone', 'done')", name="ck_retention_runs_state"),
        sa.CheckConstraint("(state = 'marked') = (ended_at IS NULL)", name="ck_retention_runs_ended"),
    )
    op.create_table(
        "retention_marks",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("run_id", Uuid, nullable=False),
        sa.Column("rule", sa.String(20), nullable=False),
        sa.Column("subject_id", Uuid, nullable=False),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_retention_marks"),
        sa.ForeignKeyConstraint(["run_id"], ["retention_runs.id"], name="fk_retention_marks_run_id_retention_runs"),
        sa.CheckConstraint("rule IN ('people', 'files', 'imports')", name="ck_retention_marks_rule"),
        sa.CheckConstraint("state IN ('marked', 'undone', 'removed', 'kept')", name="ck_retention_marks_state"),
    )
    op.create_index("ix_retention_marks_run_id", "retention_marks", ["run_id"])
    live = sa.text("state = 'marked'")
    op.create_index(
        "uq_retention_marks_live",
        "retention_marks",
        ["rule", "subject_id"],
        unique=True,
        postgresql_where=live,
        sqlite_where=live,
    )
