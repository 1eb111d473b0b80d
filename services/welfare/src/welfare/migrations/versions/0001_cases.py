"""Talks, disputes, relief, funds with their ledger, and the sealed texts.

Revision ID: welfare_0001
"""

import sqlalchemy as sa
from alembic import op

from shared.database.types import Fen, Json, UtcDateTime, Uuid

revision = "welfare_0001"
down_revision = None
branch_labels = ("welfare",)
depends_on = None

_BODY = "body IN ('party', 'union', 'league', 'women')"
_BODY_OR_ALL = "body IN ('party', 'union', 'league', 'women', '*')"


def upgrade() -> None:
    _lookups()
    _texts()
    _talks()
    _disputes()
    _funds()
    _relief()
    _append_only("fund_entries")


def _lookups() -> None:
    op.create_table(
        "people",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("sample", sa.Boolean, nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_people"),
    )
    op.create_index("ix_people_name", "people", ["name"])
    op.create_table(
        "household_members",
        sa.Column("person_id", Uuid, nullable=False),
        sa.Column("household_id", Uuid, nullable=False),
        sa.PrimaryKeyConstraint("person_id", name="pk_household_members"),
    )
    op.create_index("ix_household_members_household_id", "household_members", ["household_id"])


def _texts() -> None:
    op.create_table(
        "case_texts",
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("case_id", Uuid, nullable=False),
        sa.Column("part", sa.String(24), nullable=False),
        sa.Column("body", sa.String(10), nullable=False),
        sa.Column("key_id", sa.String(40), nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("written_by", sa.String(80), nullable=False),
        sa.Column("written_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("kind", "case_id", "part", name="pk_case_texts"),
        sa.CheckConstraint(_BODY, name="ck_case_texts_body"),
        sa.CheckConstraint(
            "kind IN ('talks', 'disputes', 'mediation_sessions', 'relief_applications', 'relief_visits')",
            name="ck_case_texts_kind",
        ),
    )
    op.create_index("ix_case_texts_key_id", "case_texts", ["key_id"])


def _talks() -> None:
    op.create_table(
        "talks",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("body", sa.String(10), nullable=False),
        sa.Column("person_id", Uuid, nullable=False),
        sa.Column("officer_id", Uuid),
        sa.Column("officer_name", sa.String(120), nullable=False),
        sa.Column("origin", sa.String(12), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("starts_at", UtcDateTime, nullable=False),
        sa.Column("ends_at", UtcDateTime, nullable=False),
        sa.Column("request_version", sa.Integer, nullable=False),
        sa.Column("announced", sa.Boolean, nullable=False),
        sa.Column("place_zh", sa.String(120)),
        sa.Column("place_en", sa.String(120)),
        sa.Column("refusals", Json),
        sa.Column("outcome", sa.String(12)),
        sa.Column("follow_up_on", sa.Date),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_talks"),
        sa.CheckConstraint(_BODY, name="ck_talks_body"),
        sa.CheckConstraint(
            "state IN ('requested', 'unplaced', 'scheduled', 'held', 'cancelled')", name="ck_talks_state"
        ),
        sa.CheckConstraint("starts_at < ends_at", name="ck_talks_times"),
        sa.CheckConstraint("(state = 'held') = (outcome IS NOT NULL)", name="ck_talks_outcome_when_held"),
        sa.CheckConstraint("origin IN ('appointment', 'walk-in')", name="ck_talks_origin"),
    )
    op.create_index("ix_talks_body_starts_at", "talks", ["body", "starts_at"])
    op.create_index("ix_talks_person_id", "talks", ["person_id"])


def _disputes() -> None:
    op.create_table(
        "disputes",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("body", sa.String(10), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("opened_on", sa.Date, nullable=False),
        sa.Column("closed_on", sa.Date),
        sa.Column("opened_by", sa.String(120), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_disputes"),
        sa.CheckConstraint(_BODY, name="ck_disputes_body"),
        sa.CheckConstraint("kind IN ('wages', 'work', 'family', 'neighbours', 'other')", name="ck_disputes_kind"),
        sa.CheckConstraint("state IN ('open', 'settled', 'unsettled')", name="ck_disputes_state"),
        sa.CheckConstraint("(state = 'open') = (closed_on IS NULL)", name="ck_disputes_closed_on"),
        sa.CheckConstraint("closed_on IS NULL OR closed_on >= opened_on", name="ck_disputes_dates"),
    )
    op.create_index("ix_disputes_body_state", "disputes", ["body", "state"])
    op.create_table(
        "dispute_parties",
        sa.Column("dispute_id", Uuid, nullable=False),
        sa.Column("person_id", Uuid, nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("dispute_id", "person_id", name="pk_dispute_parties"),
        sa.ForeignKeyConstraint(["dispute_id"], ["disputes.id"], name="fk_dispute_parties_dispute_id_disputes"),
    )
    op.create_index("ix_dispute_parties_person_id", "dispute_parties", ["person_id"])
    op.create_table(
        "mediation_sessions",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("dispute_id", Uuid, nullable=False),
        sa.Column("held_on", sa.Date, nullable=False),
        sa.Column("mediator_name", sa.String(120), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_mediation_sessions"),
        sa.ForeignKeyConstraint(["dispute_id"], ["disputes.id"], name="fk_mediation_sessions_dispute_id_disputes"),
    )
    op.create_index("ix_mediation_sessions_dispute_id", "mediation_sessions", ["dispute_id"])


def _funds() -> None:
    op.create_table(
        "funds",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("name_zh", sa.String(120), nullable=False),
        sa.Column("name_en", sa.String(120), nullable=False),
        sa.Column("body", sa.String(10), nullable=False),
        sa.Column("budget", Fen, nullable=False),
        sa.Column("reserved", Fen, nullable=False),
        sa.Column("spent", Fen, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_funds"),
        sa.UniqueConstraint("code", name="uq_funds_code"),
        sa.CheckConstraint(_BODY_OR_ALL, name="ck_funds_body"),
        sa.CheckConstraint("budget >= 0", name="ck_funds_budget"),
        sa.CheckConstraint("reserved >= 0", name="ck_funds_reserved"),
        sa.CheckConstraint("spent >= 0", name="ck_funds_spent"),
        sa.CheckConstraint("reserved + spent <= budget", name="ck_funds_not_overspent"),
    )
    op.create_table(
        "fund_entries",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("fund_id", Uuid, nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("amount", Fen, nullable=False),
        sa.Column("body", sa.String(10), nullable=False),
        sa.Column("application_id", Uuid),
        sa.Column("reason", sa.String(20)),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("by_name", sa.String(120), nullable=False),
        sa.Column("recorded_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_fund_entries"),
        sa.ForeignKeyConstraint(["fund_id"], ["funds.id"], name="fk_fund_entries_fund_id_funds"),
        sa.CheckConstraint(_BODY_OR_ALL, name="ck_fund_entries_body"),
        sa.CheckConstraint(
            "kind IN ('budget', 'reservation', 'release', 'payment', 'reversal')", name="ck_fund_entries_kind"
        ),
        sa.CheckConstraint(
            "CASE WHEN kind IN ('release', 'reversal') THEN amount < 0 ELSE amount > 0 END",
            name="ck_fund_entries_sign",
        ),
        sa.CheckConstraint("(kind = 'budget') = (application_id IS NULL)", name="ck_fund_entries_application_id"),
    )
    op.create_index("ix_fund_entries_fund_id", "fund_entries", ["fund_id", "id"])
    op.create_index("ix_fund_entries_application_id", "fund_entries", ["application_id"])


def _relief() -> None:
    op.create_table(
        "relief_applications",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("body", sa.String(10), nullable=False),
        sa.Column("person_id", Uuid, nullable=False),
        sa.Column("household_id", Uuid),
        sa.Column("fund_id", Uuid, nullable=False),
        sa.Column("occasion", sa.String(12), nullable=False),
        sa.Column("amount_asked", Fen, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("submitted_on", sa.Date, nullable=False),
        sa.Column("closed_on", sa.Date),
        sa.Column("drafted_by", Uuid, nullable=False),
        sa.Column("drafted_by_name", sa.String(120), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_relief_applications"),
        sa.ForeignKeyConstraint(["fund_id"], ["funds.id"], name="fk_relief_applications_fund_id_funds"),
        sa.UniqueConstraint("id", "person_id", "drafted_by", name="uq_relief_applications_id"),
        sa.CheckConstraint(_BODY, name="ck_relief_applications_body"),
        sa.CheckConstraint(
            "state IN ('submitted', 'visited', 'approved', 'declined', 'withdrawn', 'paid', 'reversed')",
            name="ck_relief_applications_state",
        ),
        sa.CheckConstraint(
            "occasion IN ('illness', 'injury', 'accident', 'study', 'disaster', 'hardship', 'other')",
            name="ck_relief_applications_occasion",
        ),
        sa.CheckConstraint("amount_asked > 0", name="ck_relief_applications_amount_asked"),
    )
    op.create_index("ix_relief_applications_body_state", "relief_applications", ["body", "state"])
    op.create_index("ix_relief_applications_person_id", "relief_applications", ["person_id"])
    _hands_and_visits()
    _decisions_and_payments()


def _hands_and_visits() -> None:
    op.create_table(
        "relief_hands",
        sa.Column("application_id", Uuid, nullable=False),
        sa.Column("person_id", Uuid, nullable=False),
        sa.Column("side", sa.String(8), nullable=False),
        sa.Column("part", sa.String(10), nullable=False),
        sa.PrimaryKeyConstraint("application_id", "person_id", name="pk_relief_hands"),
        sa.ForeignKeyConstraint(
            ["application_id"], ["relief_applications.id"], name="fk_relief_hands_application_id_relief_applications"
        ),
        sa.UniqueConstraint("application_id", "person_id", "side", name="uq_relief_hands_application_id"),
        sa.CheckConstraint(
            "(side = 'asking' AND part IN ('applicant', 'household', 'drafter', 'visitor')) "
            "OR (side = 'deciding' AND part = 'approver')",
            name="ck_relief_hands_side",
        ),
    )
    op.create_table(
        "relief_visits",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("application_id", Uuid, nullable=False),
        sa.Column("visitor_id", Uuid, nullable=False),
        sa.Column("side", sa.String(8), nullable=False),
        sa.Column("visitor_name", sa.String(120), nullable=False),
        sa.Column("visited_on", sa.Date, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_relief_visits"),
        sa.ForeignKeyConstraint(
            ["application_id"], ["relief_applications.id"], name="fk_relief_visits_application_id_relief_applications"
        ),
        sa.ForeignKeyConstraint(
            ["application_id", "visitor_id", "side"],
            ["relief_hands.application_id", "relief_hands.person_id", "relief_hands.side"],
            name="fk_relief_visits_hand",
        ),
        sa.CheckConstraint("side = 'asking'", name="ck_relief_visits_side"),
    )
    op.create_index("ix_relief_visits_application_id", "relief_visits", ["application_id"])


def _decisions_and_payments() -> None:
    op.create_table(
        "relief_decisions",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("application_id", Uuid, nullable=False),
        sa.Column("outcome", sa.String(10), nullable=False),
        sa.Column("amount", Fen),
        sa.Column("fund_id", Uuid, nullable=False),
        sa.Column("approver_id", Uuid, nullable=False),
        sa.Column("side", sa.String(8), nullable=False),
        sa.Column("approver_name", sa.String(120), nullable=False),
        sa.Column("applicant_id", Uuid, nullable=False),
        sa.Column("drafted_by", Uuid, nullable=False),
        sa.Column("decided_on", sa.Date, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("voided_at", UtcDateTime),
        sa.PrimaryKeyConstraint("id", name="pk_relief_decisions"),
        sa.ForeignKeyConstraint(
            ["application_id", "approver_id", "side"],
            ["relief_hands.application_id", "relief_hands.person_id", "relief_hands.side"],
            name="fk_relief_decisions_hand",
        ),
        sa.ForeignKeyConstraint(
            ["application_id", "applicant_id", "drafted_by"],
            ["relief_applications.id", "relief_applications.person_id", "relief_applications.drafted_by"],
            name="fk_relief_decisions_application",
        ),
        sa.UniqueConstraint("id", "application_id", "approver_id", "fund_id", "amount", name="uq_relief_decisions_id"),
        sa.CheckConstraint("outcome IN ('approved', 'declined')", name="ck_relief_decisions_outcome"),
        sa.CheckConstraint(
            "(outcome = 'approved') = (amount IS NOT NULL)", name="ck_relief_decisions_amount_when_approved"
        ),
        sa.CheckConstraint("amount IS NULL OR amount > 0", name="ck_relief_decisions_amount"),
        sa.CheckConstraint("side = 'deciding'", name="ck_relief_decisions_side"),
        sa.CheckConstraint(
            "approver_id <> applicant_id AND approver_id <> drafted_by", name="ck_relief_decisions_four_eyes"
        ),
    )
    live = sa.text("voided_at IS NULL")
    op.create_index(
        "uq_relief_decisions_live",
        "relief_decisions",
        ["application_id"],
        unique=True,
        postgresql_where=live,
        sqlite_where=live,
    )
    op.create_table(
        "disbursements",
        sa.Column("id", Uuid, nullable=False),
        sa.Column("body", sa.String(10), nullable=False),
        sa.Column("application_id", Uuid, nullable=False),
        sa.Column("decision_id", Uuid, nullable=False),
        sa.Column("approved_by", Uuid, nullable=False),
        sa.Column("fund_id", Uuid, nullable=False),
        sa.Column("amount", Fen, nullable=False),
        sa.Column("paid_on", sa.Date, nullable=False),
        sa.Column("paid_by", Uuid, nullable=False),
        sa.Column("paid_by_name", sa.String(120), nullable=False),
        sa.Column("receipt", sa.String(60)),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("reversed_on", sa.Date),
        sa.Column("reversal_reason", sa.String(20)),
        sa.Column("reversed_by_name", sa.String(120)),
        sa.PrimaryKeyConstraint("id", name="pk_disbursements"),
        sa.ForeignKeyConstraint(
            ["application_id"], ["relief_applications.id"], name="fk_disbursements_application_id_relief_applications"
        ),
        sa.ForeignKeyConstraint(["fund_id"], ["funds.id"], name="fk_disbursements_fund_id_funds"),
        sa.ForeignKeyConstraint(
            ["decision_id", "application_id", "approved_by", "fund_id", "amount"],
            [
                "relief_decisions.id",
                "relief_decisions.application_id",
                "relief_decisions.approver_id",
                "relief_decisions.fund_id",
                "relief_decisions.amount",
            ],
            name="fk_disbursements_decision",
        ),
        sa.UniqueConstraint("application_id", name="uq_disbursements_application_id"),
        sa.CheckConstraint(_BODY, name="ck_disbursements_body"),
        sa.CheckConstraint("amount > 0", name="ck_disbursements_amount"),
        sa.CheckConstraint("paid_by <> approved_by", name="ck_disbursements_payer_is_not_approver"),
    )


def _append_only(table: str) -> None:
    """Nothing in this table is ever changed or deleted, whoever asks."""
    name = f"{table}_is_append_only"
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"""
            CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION '{name}' USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = '{name}';
            END $$
            """
        )
        op.execute(f"CREATE TRIGGER {name} BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")
        op.execute(
            f"CREATE TRIGGER {name}_whole BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {name}_{verb.lower()} BEFORE {verb} ON {table} BEGIN SELECT RAISE(ABORT, '{name}'); END"
        )


def downgrade() -> None:
    relief = ("disbursements", "relief_decisions", "relief_visits", "relief_hands")
    money = ("fund_entries", "relief_applications", "funds")
    cases = ("mediation_sessions", "dispute_parties", "disputes", "talks", "case_texts")
    for table in (*relief, *money, *cases, "household_members", "people"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION fund_entries_is_append_only()")
