"""Plain, calm output for a terminal of 80 columns or more: colour only on a terminal, Chinese counted two wide."""

import os
import sys
import unicodedata
from collections.abc import Sequence

_COLOURED = sys.stdout.isatty() and "NO_COLOR" not in os.environ
_CLOSING, _OPENING = "，。、；：！？）》】”", "（《【“"
BOLD, DIM, RED, GREEN = "1", "2", "31", "32"


def paint(text: str, style: str) -> str:
    return f"\x1b[{style}m{text}\x1b[0m" if _COLOURED else text


def say(text: str = "") -> None:
    print(text, flush=True)


def width(text: str) -> int:
    """How many columns the text takes: East Asian wide characters take two, combining ones none."""
    return sum(0 if unicodedata.combining(letter) else 2 if _wide(letter) else 1 for letter in text)


def _wide(letter: str) -> bool:
    return unicodedata.east_asian_width(letter) in "WF"


def padded(text: str, columns: int) -> str:
    return text + " " * max(0, columns - width(text))


def wrapped(text: str, columns: int) -> list[str]:
    """The text in lines of at most ``columns``; breaks at spaces where there are some, else between Chinese letters."""
    lines: list[str] = []
    for paragraph in text.splitlines() or [""]:
        line = ""
        for word in _pieces(paragraph):
            if line and width(line) + width(word.rstrip()) > columns:
                lines.append(line.rstrip())
                line = ""
            line += word
        lines.append(line.rstrip())
    return lines


def _pieces(text: str) -> list[str]:
    """Words with the space after them; each wide character is a piece of its own, so a line may end after it.

    Closing punctuation stays with what it closes, opening punctuation with what it opens.
    """
    pieces: list[str] = []
    word = ""
    for letter in text:
        if letter in _CLOSING and not word and pieces:
            pieces[-1] += letter
            continue
        word += letter
        if letter == " " or (_wide(letter) and letter not in _OPENING):
            pieces.append(word)
            word = ""
    return [*pieces, word] if word else pieces


def table(rows: Sequence[Sequence[str]], *, indent: int = 2) -> str:
    """Rows as aligned columns, two spaces apart."""
    columns = [max(width(row[index]) for row in rows) for index in range(len(rows[0]))]
    return "\n".join(
        " " * indent + "  ".join(padded(cell, size) for cell, size in zip(row, columns, strict=True)).rstrip()
        for row in rows
    )
