"""States of transfers and letters, as message ids with the tone of their badges."""

from collections.abc import Mapping

from shared.texts import N_

STATES: Mapping[str, tuple[str, str]] = {
    "requested": (N_("Pending"), "warn"),
    "accepted": (N_("Accepted"), "good"),
    "returned": (N_("Returned"), "bad"),
    "withdrawn": (N_("Withdrawn"), "neutral"),
    "valid": (N_("Valid"), "good"),
    "expired": (N_("Expired"), "bad"),
}
