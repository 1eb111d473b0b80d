"""Categories of messages, and what somebody's wishes mean for one message. Pure.

A wish is a topic that a recipient switched off: a channel, or an optional category.
"""

from collections.abc import Collection, Sequence

AFFAIRS = "affairs"
MANDATORY = (AFFAIRS,)
"""What somebody registered for, booked or asked for: they must learn what became of it."""
ANNOUNCEMENTS = "announcements"
OPTIONAL = ("waiting", "membership", ANNOUNCEMENTS)
CATEGORIES = (*MANDATORY, *OPTIONAL)


def wants(category: str, switched_off: Collection[str]) -> bool:
    """Whether messages of the category are wanted at all; mandatory ones always are."""
    return category in MANDATORY or category not in switched_off


def wanted_channels(category: str, reachable: Sequence[str], switched_off: Collection[str]) -> list[str]:
    """By which of the channels that reach somebody they are written to.

    What is mandatory goes by a channel that was switched off where no other one reaches them.
    """
    wanted = [channel for channel in reachable if channel not in switched_off]
    return wanted or (list(reachable) if category in MANDATORY else [])
