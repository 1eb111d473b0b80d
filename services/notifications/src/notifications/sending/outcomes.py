"""What can become of handing a message over. Pure."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

Kind = Literal["sent", "refused", "later", "throttled", "unknown", "not-taken", "unanswered"]


@dataclass(frozen=True)
class Outcome:
    """What the provider said.

    sent: taken. refused: not taken, for good, because of the recipient or the text. later: not taken, try again;
    another provider may be tried at once. throttled: not taken, and no try is used up. unknown: it may have been
    taken. not-taken: asked, and the provider never got it. unanswered: asked, and no answer came.
    `away` means that the next message will fare no better just now; `after` how long the provider wants to be left
    alone. `bad_address` means that there is nobody at that address. `serial` is the provider's number of the message,
    `cost` what it costs in hao, `code` a short code without personal data.
    """

    kind: Kind
    code: str = ""
    provider: str = ""
    segments: int | None = None
    away: bool = False
    after: timedelta | None = None
    serial: str | None = None
    cost: int | None = None
    bad_address: bool = False

    @property
    def counts_against_the_provider(self) -> bool:
        """Whether it speaks of the provider's health rather than of one message."""
        return self.away or self.kind in ("unknown", "unanswered")
