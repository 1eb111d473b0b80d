"""Rules and states of retention, in words."""

from shared.texts import N_

RULE_NAMES = {
    "people": N_("Former members"),
    "files": N_("Closed development files"),
    "imports": N_("Uploads that were given up"),
}
RUN_STATES = {
    "marked": (N_("Marked, can be undone"), "warn"),
    "undone": (N_("Undone"), "neutral"),
    "done": (N_("Removed"), "bad"),
}
MARK_STATES = {
    "marked": (N_("Marked"), "warn"),
    "undone": (N_("Undone"), "neutral"),
    "removed": (N_("Removed"), "bad"),
    "kept": (N_("Kept, something stands against it"), "info"),
}
