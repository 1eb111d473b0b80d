"""What can become of handing a message over. Pure."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

Kind = Literal["sent", "refused", "later", "throttled", "unknown", "not-taken", "unanswered"]


@dataclass(frozen=True)
class Outcome:
    """What the provider said.

    sent: taken. refused: not taken, for good. later: not taken, try again. throttled: not taken, and no try is
    used up. unknown: it may have been taken. not-taken: asked, and the provider never got it. unanswered: asked,
    and no answer came. `away` means that the next message will fare no better just now. `code` is a short
    kebab-case or protocol code without personal data.
    """

    kind: Kind
    code: str = ""
    provider: str = ""
    segments: int | None = None
    away: bool = False
    after: timedelta | None = None
