"""Transfers with their letters, and stays of floating members.

Revision ID: membership_0006
"""

import sqlalchemy as sa
from alembic import op

from shared.database.types import UtcDateTime, Uuid

revision = "membership_0006"
down_revision = "membership_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "transfers",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("person_id", Uuid, nullable=False),
        sa.Column("from_organisation_id", Uuid, nullable=True),
        sa.Column("from_place", sa.String(120), nullable=True),
        sa.Column("to_organisation_id", Uuid, nullable=True),
        sa.Column("to_place", sa.String(120), nullable=True),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("requested_on", sa.Date, nullable=False),
        sa.Column("valid_until", sa.Date, nullable=False),
        sa.Column("accepted_on", sa.Date, nullable=True),
        sa.Column("letter_number", sa.String(20), nullable=False),
        sa.Column("verify_code", sa.String(32), nullable=False),
        sa.Column("note", sa.String(300), nullable=False),
        sa.Column("requested_by", sa.String(120), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.CheckConstraint("(state = 'accepted') = (accepted_on IS NOT NULL)", name="ck_transfers_accepted"),
        sa.CheckConstraint("state IN ('requested', 'accepted', 'returned', 'withdrawn')", name="ck_transfers_state"),
        sa.CheckConstraint("(from_organisation_id IS NULL) = (from_place IS NOT NULL)", name="ck_transfers_from"),
        sa.CheckConstraint("(to_organisation_id IS NULL) = (to_place IS NOT NULL)", name="ck_transfers_to"),
        sa.CheckConstraint("from_organisation_id <> to_organisation_id", name="ck_transfers_moves"),
        sa.CheckConstraint(
            "from_organisation_id IS NOT NULL OR to_organisation_id IS NOT NULL", name="ck_transfers_ours"
        ),
        sa.CheckConstraint("valid_until >= requested_on", name="ck_transfers_valid"),
        sa.ForeignKeyConstraint(
            ["from_organisation_id"], ["organisations.id"], name="fk_transfers_from_organisation_id_organisations"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_transfers_person_id_people"),
        sa.ForeignKeyConstraint(
            ["to_organisation_id"], ["organisations.id"], name="fk_transfers_to_organisation_id_organisations"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_transfers"),
        sa.UniqueConstraint("letter_number", name="uq_transfers_letter_number"),
        sa.UniqueConstraint("verify_code", name="uq_transfers_verify_code"),
    )
    op.create_index("ix_transfers_state", "transfers", ["state", "valid_until"], unique=False)
    op.create_index(
        "uq_transfers_pending",
        "transfers",
        ["person_id"],
        unique=True,
        postgresql_where=sa.text("state = 'requested'"),
        sqlite_where=sa.text("state = 'requested'"),
    )
    op.create_table(
        "letter_numbers",
        sa.Column("year", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("year", name="pk_letter_numbers"),
    )
    op.create_table(
        "floating_stays",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("person_id", Uuid, nullable=False),
        sa.Column("home_organisation_id", Uuid, nullable=True),
        sa.Column("home_place", sa.String(120), nullable=True),
        sa.Column("host_organisation_id", Uuid, nullable=True),
        sa.Column("host_place", sa.String(120), nullable=True),
        sa.Column("started_on", sa.Date, nullable=False),
        sa.Column("expected_until", sa.Date, nullable=False),
        sa.Column("ended_on", sa.Date, nullable=True),
        sa.Column("home_registered_on", sa.Date, nullable=True),
        sa.Column("host_registered_on", sa.Date, nullable=True),
        sa.Column("note", sa.String(300), nullable=False),
        sa.Column("recorded_by", sa.String(120), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.CheckConstraint("(home_organisation_id IS NULL) = (home_place IS NOT NULL)", name="ck_floating_stays_home"),
        sa.CheckConstraint("(host_organisation_id IS NULL) = (host_place IS NOT NULL)", name="ck_floating_stays_host"),
        sa.CheckConstraint("ended_on IS NULL OR ended_on >= started_on", name="ck_floating_stays_ended"),
        sa.CheckConstraint("expected_until > started_on", name="ck_floating_stays_expected"),
        sa.CheckConstraint("home_organisation_id <> host_organisation_id", name="ck_floating_stays_away"),
        sa.CheckConstraint(
            "home_organisation_id IS NOT NULL OR host_organisation_id IS NOT NULL", name="ck_floating_stays_ours"
        ),
        sa.ForeignKeyConstraint(
            ["home_organisation_id"], ["organisations.id"], name="fk_floating_stays_home_organisation_id_organisations"
        ),
        sa.ForeignKeyConstraint(
            ["host_organisation_id"], ["organisations.id"], name="fk_floating_stays_host_organisation_id_organisations"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_floating_stays_person_id_people"),
        sa.PrimaryKeyConstraint("id", name="pk_floating_stays"),
    )
    op.create_index("ix_floating_stays_host", "floating_stays", ["host_organisation_id", "ended_on"], unique=False)
    op.create_index(
        "uq_floating_stays_open",
        "floating_stays",
        ["person_id"],
        unique=True,
        postgresql_where=sa.text("ended_on IS NULL"),
        sqlite_where=sa.text("ended_on IS NULL"),
    )
