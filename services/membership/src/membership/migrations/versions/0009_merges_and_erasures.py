"""Merging two records of one person, erasing a person, and borrowing a person from another body.

A membership changes its person by a merge alone, and nothing is added to or changed of an erased person: the database
itself holds both.

Revision ID: membership_0009
"""

import sqlalchemy as sa
from alembic import op

from shared.database.types import Json, UtcDateTime, Uuid

revision = "membership_0009"
down_revision = "membership_0008"
branch_labels = None
depends_on = ("shared_0009",)

_OPEN = "state = 'requested'"
_LIVE = "state IN ('requested', 'accepted')"
_BODY = "IN ('party', 'union', 'league', 'women')"
_CLOSED_TO_ERASED = ("memberships", "transfers", "development_files", "floating_stays", "household_members")


def upgrade() -> None:
    op.add_column("people", sa.Column("erased_at", UtcDateTime))
    _merges()
    _erasures()
    _add_requests()
    if op.get_bind().dialect.name == "postgresql":
        _guard_on_postgresql()
    else:
        _guard_on_sqlite()


def _merges() -> None:
    op.create_table(
        "distinct_pairs",
        sa.Column("first_id", Uuid, nullable=False),
        sa.Column("second_id", Uuid, nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("decided_by", sa.String(120), nullable=False),
        sa.Column("decided_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("first_id", "second_id", name="pk_distinct_pairs"),
        sa.ForeignKeyConstraint(["first_id"], ["people.id"], name="fk_distinct_pairs_first_id_people"),
        sa.ForeignKeyConstraint(["second_id"], ["people.id"], name="fk_distinct_pairs_second_id_people"),
        sa.CheckConstraint("first_id < second_id", name="ck_distinct_pairs_order"),
    )
    op.create_index("ix_distinct_pairs_second_id", "distinct_pairs", ["second_id"])
    op.create_table(
        "person_merges",
        sa.Column("person_id", Uuid, nullable=False),
        sa.Column("into_id", Uuid, nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("counts", Json, nullable=False),
        sa.Column("merged_by", sa.String(120), nullable=False),
        sa.Column("merged_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("person_id", name="pk_person_merges"),
        sa.CheckConstraint("person_id <> into_id", name="ck_person_merges_two"),
    )
    op.create_index("ix_person_merges_into_id", "person_merges", ["into_id"])
    op.create_table(
        "acknowledgements",
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("matter_id", Uuid, nullable=False),
        sa.Column("service", sa.String(20), nullable=False),
        sa.Column("counts", Json, nullable=False),
        sa.Column("answered_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("kind", "matter_id", "service", name="pk_acknowledgements"),
        sa.CheckConstraint("kind IN ('merge', 'check', 'erasure')", name="ck_acknowledgements_kind"),
    )


def _erasures() -> None:
    op.create_table(
        "erasures",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("person_id", Uuid, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("requested_by", sa.String(80), nullable=False),
        sa.Column("requested_by_name", sa.String(120), nullable=False),
        sa.Column("requested_at", UtcDateTime, nullable=False),
        sa.Column("decided_by", sa.String(80)),
        sa.Column("decided_by_name", sa.String(120)),
        sa.Column("decided_at", UtcDateTime),
        sa.Column("note", sa.String(300)),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_erasures"),
        sa.CheckConstraint("state IN ('requested', 'done', 'declined', 'withdrawn')", name="ck_erasures_state"),
        sa.CheckConstraint("(state = 'requested') = (decided_at IS NULL)", name="ck_erasures_decided"),
        sa.CheckConstraint("state <> 'done' OR decided_by <> requested_by", name="ck_erasures_four_eyes"),
    )
    op.create_index("ix_erasures_person_id", "erasures", ["person_id"])
    op.create_index("ix_erasures_state", "erasures", ["state", "requested_at"])
    op.create_index(
        "uq_erasures_open",
        "erasures",
        ["person_id"],
        unique=True,
        postgresql_where=sa.text(_OPEN),
        sqlite_where=sa.text(_OPEN),
    )
    op.create_table(
        "erased_keys",
        sa.Column("key", sa.LargeBinary(32), nullable=False),
        sa.Column("erasure_id", Uuid, nullable=False),
        sa.PrimaryKeyConstraint("key", "erasure_id", name="pk_erased_keys"),
        sa.ForeignKeyConstraint(["erasure_id"], ["erasures.id"], name="fk_erased_keys_erasure_id_erasures"),
    )


def _add_requests() -> None:
    op.create_table(
        "add_requests",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("person_id", Uuid, nullable=False),
        sa.Column("body", sa.String(10), nullable=False),
        sa.Column("owner", sa.String(10), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("until", sa.Date, nullable=False),
        sa.Column("answer_by", sa.Date, nullable=False),
        sa.Column("requested_by", sa.String(120), nullable=False),
        sa.Column("requested_at", UtcDateTime, nullable=False),
        sa.Column("decided_by", sa.String(120)),
        sa.Column("decided_at", UtcDateTime),
        sa.Column("note", sa.String(300)),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_add_requests"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_add_requests_person_id_people"),
        sa.CheckConstraint(
            "state IN ('requested', 'accepted', 'declined', 'withdrawn', 'revoked', 'expired')",
            name="ck_add_requests_state",
        ),
        sa.CheckConstraint(f"body {_BODY} AND owner {_BODY} AND body <> owner", name="ck_add_requests_bodies"),
        sa.CheckConstraint("(state = 'requested') = (decided_at IS NULL)", name="ck_add_requests_decided"),
    )
    op.create_index("ix_add_requests_owner", "add_requests", ["owner", "state"])
    op.create_index("ix_add_requests_body", "add_requests", ["body", "state"])
    op.create_index(
        "uq_add_requests_live",
        "add_requests",
        ["person_id", "body", "owner"],
        unique=True,
        postgresql_where=sa.text(_LIVE),
        sqlite_where=sa.text(_LIVE),
    )


def _guard_on_postgresql() -> None:
    op.execute("DROP TRIGGER fixed_membership ON memberships")
    op.execute("""
        CREATE OR REPLACE FUNCTION fixed_membership() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF OLD.id IS DISTINCT FROM NEW.id OR OLD.organisation_id IS DISTINCT FROM NEW.organisation_id
                OR OLD.body IS DISTINCT FROM NEW.body OR OLD.role IS DISTINCT FROM NEW.role
                OR OLD.start_on IS DISTINCT FROM NEW.start_on
                OR NOT EXISTS (SELECT 1 FROM former_people
                               WHERE person_id = OLD.person_id AND merged_into = NEW.person_id)
            THEN
                RAISE EXCEPTION 'fixed_membership'
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'fixed_membership';
            END IF;
            RETURN NEW;
        END $$""")
    fixed = ("id", "person_id", "organisation_id", "body", "role", "start_on")
    condition = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in fixed)
    op.execute(f"""
        CREATE TRIGGER fixed_membership BEFORE UPDATE ON memberships FOR EACH ROW
        WHEN ({condition}) EXECUTE FUNCTION fixed_membership()""")
    op.execute("""
        CREATE FUNCTION erased_person() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_TABLE_NAME <> 'people' THEN
                PERFORM 1 FROM people WHERE id = NEW.person_id AND erased_at IS NULL FOR KEY SHARE;
                IF FOUND OR NOT EXISTS (SELECT 1 FROM people WHERE id = NEW.person_id) THEN
                    RETURN NEW;
                END IF;
            END IF;
            RAISE EXCEPTION 'erased_person' USING ERRCODE = 'check_violation', CONSTRAINT = 'erased_person';
        END $$""")
    op.execute("""
        CREATE TRIGGER erased_person BEFORE UPDATE OR DELETE ON people FOR EACH ROW
        WHEN (OLD.erased_at IS NOT NULL) EXECUTE FUNCTION erased_person()""")
    for table in _CLOSED_TO_ERASED:
        op.execute(
            f"CREATE TRIGGER erased_person BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION erased_person()"
        )


def _guard_on_sqlite() -> None:
    op.execute("DROP TRIGGER fixed_membership")
    fixed = ("id", "organisation_id", "body", "role", "start_on")
    condition = " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in fixed)
    op.execute(
        f"CREATE TRIGGER fixed_membership BEFORE UPDATE ON memberships WHEN {condition} OR ("
        "OLD.person_id IS NOT NEW.person_id AND NOT EXISTS (SELECT 1 FROM former_people "
        "WHERE person_id = OLD.person_id AND merged_into = NEW.person_id)) "
        "BEGIN SELECT RAISE(ABORT, 'fixed_membership'); END"
    )
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER erased_person_{verb.lower()} BEFORE {verb} ON people WHEN OLD.erased_at IS NOT NULL "
            "BEGIN SELECT RAISE(ABORT, 'erased_person'); END"
        )
    for table in _CLOSED_TO_ERASED:
        op.execute(
            f"CREATE TRIGGER erased_person_{table} BEFORE INSERT ON {table} "
            "WHEN EXISTS (SELECT 1 FROM people WHERE id = NEW.person_id AND erased_at IS NOT NULL) "
            "BEGIN SELECT RAISE(ABORT, 'erased_person'); END"
        )
