"""Grades of the appraisal, as message ids with the tone of their badges."""

from collections.abc import Mapping

from shared.texts import N_

GRADES: Mapping[str, tuple[str, str]] = {
    "excellent": (N_("Excellent"), "good"),
    "qualified": (N_("Qualified"), "info"),
    "barely-qualified": (N_("Barely qualified"), "warn"),
    "unqualified": (N_("Not qualified"), "bad"),
    "absent": (N_("Took no part"), "neutral"),
}
