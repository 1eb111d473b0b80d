"""States of terms of office, as message ids with the tone of their badges."""

from collections.abc import Mapping

from shared.texts import N_

STATES: Mapping[str, tuple[str, str]] = {
    "none": (N_("No term entered"), "warn"),
    "running": (N_("Running"), "good"),
    "soon": (N_("Election due soon"), "warn"),
    "postponed": (N_("Postponed"), "info"),
    "overdue": (N_("Election overdue"), "bad"),
}
