"""Reading the development mailbox over HTTP: what really arrived at whose telephone and address."""

import time
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import httpx


@dataclass(frozen=True)
class Letter:
    """One SMS or e-mail as the recipient has it. ``number`` grows with every message of the mailbox."""

    number: int
    channel: str
    recipient: str
    subject: str
    text: str
    message_id: str

    @property
    def chinese(self) -> bool:
        """Whether more than a name of it is written in Chinese: a third of its letters, or more."""
        letters = [letter for letter in self.subject + self.text if letter.isalpha()]
        wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in letters)
        return bool(letters) and wide * 3 >= len(letters)


class Mailbox:
    """The mailbox of a running suite, and in it what is about one thing: letters with one of the ``about`` words.

    ``remember`` draws a line; later reads see only what came after it.
    """

    def __init__(self, url: str, about: Sequence[str]) -> None:
        self._about = about
        self._client = httpx.Client(base_url=url, timeout=10)
        self._line = self.newest()

    def remember(self) -> None:
        self._line = self.newest()

    def newest(self) -> int:
        """The number of the last message that arrived, whatever it is about."""
        return int(self._client.get("/api/messages", params={"limit": 1}).raise_for_status().json()["newest"] or 0)

    def since_line(self) -> list[Letter]:
        """What arrived since the line was drawn, in the order of its arrival."""
        answer = self._client.get("/api/messages", params={"limit": 10_000}).raise_for_status().json()
        letters = [
            Letter(
                number=int(row["id"]),
                channel=row["channel"],
                recipient=row["to"],
                subject=row["subject"] or "",
                text=row["text"] or "",
                message_id=row["message_id"] or "",
            )
            for row in answer["messages"]
            if int(row["id"]) > self._line
        ]
        letters = [letter for letter in letters if any(word in letter.subject + letter.text for word in self._about)]
        return sorted(letters, key=lambda letter: letter.number)

    def wait(self, enough: Callable[[list[Letter]], bool], seconds: float = 180.0) -> list[Letter]:
        """What arrived, as soon as it is enough, or when the time is up."""
        deadline = time.monotonic() + seconds
        while True:
            letters = self.since_line()
            if enough(letters) or time.monotonic() > deadline:
                return letters
            time.sleep(0.25)


def to(letters: Iterable[Letter], *recipients: str) -> list[Letter]:
    """Those of the letters that went to one of the recipients."""
    return [letter for letter in letters if letter.recipient in recipients]
