"""What an answer is. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Answer:
    """``answered_at`` None: nothing came yet."""

    service: str
    answered_at: datetime | None
    counts: Mapping[str, int]
