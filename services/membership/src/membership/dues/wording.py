"""Names of categories and ways to pay, as message ids."""

from collections.abc import Mapping

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
