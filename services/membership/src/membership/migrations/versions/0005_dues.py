"""Dues: bases, waivers, assessments and payments.

Revision ID: membership_0005
"""

import sqlalchemy as sa
from alembic import op

from shared.database.types import Fen, UtcDateTime, Uuid

revision = "membership_0005"
down_revision = "membership_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "dues_bases",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("person_id", Uuid, nullable=False),
        sa.Column("from_month", sa.Date, nullable=False),
        sa.Column("category", sa.String(12), nullable=False),
        sa.Column("base", Fen, nullable=False),
        sa.Column("recorded_by", sa.String(120), nullable=False),
        sa.Column("recorded_at", UtcDateTime, nullable=False),
        sa.CheckConstraint("base >= 0", name="ck_dues_bases_base"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_dues_bases_person_id_people"),
        sa.PrimaryKeyConstraint("id", name="pk_dues_bases"),
        sa.UniqueConstraint("person_id", "from_month", name="uq_dues_bases_person_id"),
    )
    op.create_table(
        "dues_waivers",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("person_id", Uuid, nullable=False),
        sa.Column("first_month", sa.Date, nullable=False),
        sa.Column("last_month", sa.Date, nullable=False),
        sa.Column("reduced_to", Fen, nullable=False),
        sa.Column("decided_on", sa.Date, nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("recorded_by", sa.String(120), nullable=False),
        sa.Column("recorded_at", UtcDateTime, nullable=False),
        sa.CheckConstraint("last_month >= first_month", name="ck_dues_waivers_months"),
        sa.CheckConstraint("reduced_to >= 0", name="ck_dues_waivers_reduced_to"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_dues_waivers_person_id_people"),
        sa.PrimaryKeyConstraint("id", name="pk_dues_waivers"),
    )
    op.create_index("ix_dues_waivers_last_month", "dues_waivers", ["last_month"], unique=False)
    op.create_index("ix_dues_waivers_person", "dues_waivers", ["person_id", "first_month"], unique=False)
    op.create_table(
        "dues_assessments",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("person_id", Uuid, nullable=False),
        sa.Column("organisation_id", Uuid, nullable=False),
        sa.Column("month", sa.Date, nullable=False),
        sa.Column("category", sa.String(12), nullable=False),
        sa.Column("base", Fen, nullable=False),
        sa.Column("amount", Fen, nullable=False),
        sa.Column("paid", Fen, nullable=False),
        sa.Column("rates", sa.String(10), nullable=False),
        sa.Column("waiver_id", Uuid, nullable=True),
        sa.Column("paid_on", sa.Date, nullable=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.CheckConstraint("amount >= 0 AND paid >= 0 AND paid <= amount", name="ck_dues_assessments_paid"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name="fk_dues_assessments_organisation_id_organisations"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_dues_assessments_person_id_people"),
        sa.ForeignKeyConstraint(["waiver_id"], ["dues_waivers.id"], name="fk_dues_assessments_waiver_id_dues_waivers"),
        sa.PrimaryKeyConstraint("id", name="pk_dues_assessments"),
        sa.UniqueConstraint("person_id", "month", name="uq_dues_assessments_person_id"),
    )
    op.create_index("ix_dues_assessments_month", "dues_assessments", ["month", "organisation_id"], unique=False)
    op.create_index("ix_dues_assessments_organisation", "dues_assessments", ["organisation_id", "month"], unique=False)
    op.create_table(
        "dues_payments",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("number", sa.String(20), nullable=False),
        sa.Column("person_id", Uuid, nullable=False),
        sa.Column("organisation_id", Uuid, nullable=False),
        sa.Column("amount", Fen, nullable=False),
        sa.Column("paid_on", sa.Date, nullable=False),
        sa.Column("method", sa.String(10), nullable=False),
        sa.Column("reference", sa.String(60), nullable=True),
        sa.Column("recorded_by", sa.String(120), nullable=False),
        sa.Column("recorded_at", UtcDateTime, nullable=False),
        sa.CheckConstraint("amount > 0", name="ck_dues_payments_amount"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name="fk_dues_payments_organisation_id_organisations"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_dues_payments_person_id_people"),
        sa.PrimaryKeyConstraint("id", name="pk_dues_payments"),
        sa.UniqueConstraint("number", name="uq_dues_payments_number"),
        sa.UniqueConstraint("reference", name="uq_dues_payments_reference"),
    )
    op.create_index("ix_dues_payments_person", "dues_payments", ["person_id", "paid_on"], unique=False)
    op.create_table(
        "dues_payment_lines",
        sa.Column("payment_id", Uuid, nullable=False),
        sa.Column("assessment_id", Uuid, nullable=False),
        sa.Column("amount", Fen, nullable=False),
        sa.CheckConstraint("amount > 0", name="ck_dues_payment_lines_amount"),
        sa.ForeignKeyConstraint(
            ["assessment_id"], ["dues_assessments.id"], name="fk_dues_payment_lines_assessment_id_dues_assessments"
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["dues_payments.id"], name="fk_dues_payment_lines_payment_id_dues_payments"
        ),
        sa.PrimaryKeyConstraint("payment_id", "assessment_id", name="pk_dues_payment_lines"),
    )
    op.create_index("ix_dues_payment_lines_assessment_id", "dues_payment_lines", ["assessment_id"], unique=False)
    op.create_table(
        "dues_receipt_numbers",
        sa.Column("year", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("year", name="pk_dues_receipt_numbers"),
    )

    if op.get_bind().dialect.name == "postgresql":
        for statement in _POSTGRESQL:
            op.execute(statement)
    else:
        for statement in _SQLITE:
            op.execute(statement)


_POSTGRESQL = (
    """ALTER TABLE dues_waivers ADD CONSTRAINT ex_dues_waivers_overlap
       EXCLUDE USING gist (person_id WITH =, daterange(first_month, last_month, '[]') WITH &&)""",
)
_OVERLAPS = """BEGIN SELECT RAISE(ABORT, 'ex_dues_waivers_overlap') WHERE EXISTS (
    SELECT 1 FROM dues_waivers AS other WHERE other.person_id = NEW.person_id AND other.id <> NEW.id
      AND other.first_month <= NEW.last_month AND other.last_month >= NEW.first_month); END"""
_SQLITE = (
    f"CREATE TRIGGER dues_waivers_overlap_insert BEFORE INSERT ON dues_waivers {_OVERLAPS}",
    f"CREATE TRIGGER dues_waivers_overlap_update BEFORE UPDATE ON dues_waivers {_OVERLAPS}",
)
