"""The faults that the mailbox can be asked for, and nothing about how each transport carries them out."""

from dataclasses import dataclass

KINDS: dict[str, dict[str, str]] = {
    "smtp": {
        "try-later": "answer 451: try again later",
        "refuse": "answer 550: refused for good",
        "hang-up": "answer 421 and close the connection",
        "lose-answer": "take the message, then close without an answer",
        "slow": "answer after a pause",
        "away": "answer 421 to whoever connects",
        "refuse-content": "answer 554 to the content",
        "bounce": "take the mail, then report that it cannot be delivered",
    },
    "sms": {
        "refuse": "refuse the message for good",
        "throttle": "answer: too many requests",
        "unavailable": "answer 503",
        "no-connection": "refuse connections for so many seconds; this page is away, too",
        "lose-request": "close the connection without taking the message",
        "lose-answer": "take the message, then let the caller wait and close without an answer",
        "slow": "answer after a pause",
        "undelivered": "take the message; the receipt says that it was not delivered",
        "no-receipt": "take the message; send no receipt",
        "late-receipt": "send the receipt after a pause",
        "duplicate-receipt": "send the receipt twice",
        "reordered-receipt": "send the final receipt before the intermediate one",
        "early-receipt": "send the receipt before the answer",
        "batch-receipts": "send the receipts of several messages in one batch, after a pause",
        "query-fails": "answer 503 to the question what became of a message",
        "query-unknown": "say that the message is not known",
        "forged-receipt": "send a receipt with a false signature first, which says the opposite",
    },
}


class UnknownFault(ValueError):
    """The channel or the kind of a fault is not one that the mailbox offers."""


@dataclass(frozen=True)
class Fault:
    """One misbehaviour for recipients that contain `recipient`, `remaining` more times (None: until removed).

    `seconds` is the pause of the kinds that pause; `until` (seconds since the epoch) is when it ends by itself.
    """

    id: int
    channel: str
    kind: str
    recipient: str
    remaining: int | None
    seconds: float
    until: float | None = None


NO_CONNECTION = "no-connection"
"""The one fault that is not kept: while it lasts nobody can ask for it to end."""
LONGEST_AWAY = 600.0  # seconds


def check_kind(channel: str, kind: str) -> None:
    """Raise UnknownFault with the offered names when there is no such fault."""
    if channel not in KINDS:
        raise UnknownFault(f"channel must be one of: {', '.join(KINDS)}")
    if kind not in KINDS[channel]:
        raise UnknownFault(f"kind must be one of: {', '.join(KINDS[channel])}")
