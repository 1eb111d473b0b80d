"""Names of the meetings that a branch owes, and states of the periods in which it owes them."""

from collections.abc import Mapping

from shared.texts import N_

DUTIES: Mapping[str, str] = {
    "members-meeting": N_("Members' meeting"),
    "committee": N_("Committee meeting"),
    "group": N_("Group meeting"),
    "lecture": N_("Lecture by the secretary"),
    "theme-day": N_("Theme day"),
}
STATES: Mapping[str, tuple[str, str]] = {
    "held": (N_("Held"), "good"),
    "thin": (N_("Too few there"), "warn"),
    "missing": (N_("Missing"), "bad"),
    "open": (N_("Still open"), "info"),
    "ahead": (N_("Ahead"), "neutral"),
    "none": (N_("Not needed"), "neutral"),
}
