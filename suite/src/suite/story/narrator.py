"""How the story is told on the terminal, and how its claims are counted."""

import shutil
from collections.abc import Sequence

from suite.screen import BOLD, DIM, GREEN, RED, padded, paint, say, wrapped
from suite.story.mailbox import Letter

_LABEL = 9


class Narrator:
    """Prints chapters, steps, events, messages and claims in one column; remembers the claims that failed."""

    def __init__(self) -> None:
        self.columns = min(100, max(60, shutil.get_terminal_size((92, 24)).columns - 2))
        self.held = 0
        self.failed: list[str] = []

    def title(self, text: str) -> None:
        say(f"\n{paint(text, BOLD)}\n{'─' * self.columns}")

    def chapter(self, number: int, text: str) -> None:
        say(f"\n{paint(f'{number}  {text}', BOLD)}")

    def step(self, text: str) -> None:
        self._block("", text)

    def event(self, *names: str) -> None:
        self._block("event", " → ".join(names), DIM)

    def letter(self, letter: Letter) -> None:
        """One message that arrived, with its text."""
        channel = {"sms": "SMS", "email": "e-mail"}[letter.channel]
        heading = f"to {letter.recipient}" + (f"  {letter.subject}" if letter.subject else "")
        self._block(channel, heading)
        for line in wrapped(_quoted(letter.text), self.columns - _LABEL - 5):
            say(" " * (_LABEL + 3) + paint("│ ", DIM) + line)

    def claim(self, text: str, holds: bool, *, found: object = "") -> None:
        """A statement that was verified; ``found`` is printed when it does not hold."""
        if holds:
            self.held += 1
            self._block("true", text, GREEN)
            return
        self.failed.append(text)
        self._block("FALSE", text, RED)
        if found != "":
            self._block("", f"found: {found}")

    def end(self) -> int:
        """The closing line; 0 when every claim held."""
        say("─" * self.columns)
        if self.failed:
            say(paint(f"{len(self.failed)} of {self.held + len(self.failed)} claims do not hold:", RED))
            for text in self.failed:
                say(f"  {text}")
            return 1
        say(paint(f"All {self.held} claims hold.", GREEN))
        return 0

    def _block(self, label: str, text: str, style: str = "") -> None:
        lines: Sequence[str] = wrapped(text, self.columns - _LABEL - 3)
        for index, line in enumerate(lines):
            mark = padded(label if index == 0 else "", _LABEL)
            say("   " + (paint(mark, style) if style else mark) + line)


def _quoted(text: str, most: int = 9) -> str:
    """The text without empty lines, cut after some lines: enough to see what somebody reads."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return "\n".join([*lines[:most], "…"] if len(lines) > most else lines)
