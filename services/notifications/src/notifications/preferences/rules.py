"""Categories of messages, and what somebody's wishes mean for one message. Pure.

A wish is a topic that a recipient switched off: a channel, an optional category, or all optional ones by SMS.
"""

from collections.abc import Collection, Sequence

AFFAIRS = "affairs"
MANDATORY = (AFFAIRS,)
"""What somebody registered for, booked or asked for: they must learn what became of it."""
ANNOUNCEMENTS = "announcements"
OPTIONAL = ("waiting", "membership", ANNOUNCEMENTS)
CATEGORIES = (*MANDATORY, *OPTIONAL)
OPTIONAL_BY_SMS = "sms:optional"
"""What is optional does not come by SMS: what somebody says who answers an SMS with a word like 退订."""


def topics_against(channel: str, category: str) -> tuple[str, ...]:
    """The topics of which none may be switched off for a message to come simply so."""
    if channel == "sms" and category not in MANDATORY:
        return channel, category, OPTIONAL_BY_SMS
    return channel, category


def wants(category: str, switched_off: Collection[str]) -> bool:
    """Whether messages of the category are wanted at all; mandatory ones always are."""
    return category in MANDATORY or category not in switched_off


def wanted_channels(category: str, reachable: Sequence[str], switched_off: Collection[str]) -> list[str]:
    """By which of the channels that reach somebody they are written to.

    What is mandatory goes by a channel that was switched off where no other one reaches them.
    """
    wanted = [channel for channel in reachable if not set(topics_against(channel, category)) & set(switched_off)]
    if category not in MANDATORY:
        return wanted
    return wanted or list(reachable)
