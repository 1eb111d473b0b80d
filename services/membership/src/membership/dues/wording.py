"""Names of categories, ways to pay and states, as message ids; states with the tone of their badges."""

from collections.abc import Mapping
from datetime import date

from membership.dues.models import DuesAssessment
from membership.dues.rules import due_on
from shared.texts import N_

CATEGORY_NAMES: Mapping[str, str] = {
    "employed": N_("Employed"),
    "retired": N_("Retired"),
    "student": N_("Student"),
    "unemployed": N_("Without income"),
}
METHOD_NAMES: Mapping[str, str] = {
    "cash": N_("Cash"),
    "transfer": N_("Bank transfer"),
    "mobile": N_("Mobile payment"),
    "payroll": N_("Through payroll"),
}
STATE_NAMES: Mapping[str, tuple[str, str]] = {
    "waived": (N_("Waived"), "info"),
    "paid": (N_("Paid"), "good"),
    "overdue": (N_("Overdue"), "bad"),
    "open": (N_("To pay"), "warn"),
}


def state_of(assessment: DuesAssessment, today: date) -> str:
    """How a month stands: one of STATE_NAMES."""
    if not assessment.amount:
        return "waived"
    if not assessment.open:
        return "paid"
    return "overdue" if due_on(assessment.month) < today else "open"
