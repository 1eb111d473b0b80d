"""What stands in a digest. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, TypeVar

DIGEST = "notifications.digest"
TEMPLATE = "digest"
MOST_LINES = 30
"""More than that are counted at the end."""
_REST = {"zh": "……另有{}条", "en": "… and {} more"}


class Line(Protocol):
    """What one event had to say."""

    subject: str
    expires_at: datetime


Any_Line = TypeVar("Any_Line", bound=Line)


def line_key(template_key: str) -> str:
    """The template of one line of a digest."""
    return f"{template_key}-line"


def sort_out(lines: Sequence[Any_Line], now: datetime) -> tuple[list[Any_Line], list[tuple[Any_Line, str]]]:
    """The lines that are worth reading, and the others each with its reason: something expired meanwhile, or newer news
    about the same thing came."""
    newest = {line.subject: line for line in lines}
    kept, dropped = [], []
    for line in lines:
        if line.expires_at <= now:
            dropped.append((line, "expired"))
        elif newest[line.subject] is not line:
            dropped.append((line, "superseded"))
        else:
            kept.append(line)
    return kept, dropped


def numbered(texts: Sequence[dict[str, str]]) -> dict[str, str]:
    """The lines below each other as a text in both languages."""
    shown = texts[:MOST_LINES]
    left = len(texts) - len(shown)
    return {
        language: "\n".join(
            [f"{number}. {text[language]}" for number, text in enumerate(shown, 1)]
            + ([rest.format(left)] if left else [])
        )
        for language, rest in _REST.items()
    }
