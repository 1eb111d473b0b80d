"""Logic-less templates: ``((name))`` and ``((flag??text))``. Pure.

The text after ``??`` may hold plain placeholders. A template is read once; values are put in escaped for
their sink and never read again, so that a value may itself contain ``((name))``.
"""

import html
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeGuard

Sink = Literal["plain", "html", "sms", "header"]
Value = str | int | bool | None

_NAME = re.compile(r"\(\(\s*(\w+)\s*(\)\)|\?\?)")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_SPACE = re.compile(r"\s+")


class MalformedTemplate(ValueError):
    """A ``((`` that is no placeholder or is not closed. `position` counts characters from 0."""

    def __init__(self, position: int) -> None:
        super().__init__(f"not a placeholder at character {position + 1}")
        self.position = position


class MissingValues(ValueError):
    """Placeholders that no value was given for, in the order of the template."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = tuple(names)
        super().__init__(f"missing: {', '.join(self.names)}")


@dataclass(frozen=True)
class Text:
    """Text that is sent as it stands."""

    text: str


@dataclass(frozen=True)
class Placeholder:
    """Stands for a value."""

    name: str


@dataclass(frozen=True)
class Conditional:
    """`parts` are sent when the value of `flag` is true: not None, not False, not 0, not empty."""

    flag: str
    parts: tuple["Text | Placeholder", ...]


Part = Text | Placeholder | Conditional


@dataclass(frozen=True)
class Template:
    """A template that was read."""

    parts: tuple[Part, ...]

    def names(self) -> list[str]:
        """Every placeholder and flag, each once, in the order of the template."""
        found: dict[str, None] = {}
        for part in self.parts:
            if isinstance(part, Placeholder):
                found[part.name] = None
            elif isinstance(part, Conditional):
                found[part.flag] = None
                found.update((inner.name, None) for inner in part.parts if isinstance(inner, Placeholder))
        return list(found)

    def closes_nothing(self) -> bool:
        """Whether a ``))`` was left over: most likely a placeholder that lost its beginning."""
        literals = [
            piece.text
            for part in self.parts
            for piece in (part.parts if isinstance(part, Conditional) else (part,))
            if isinstance(piece, Text)
        ]
        whole = "".join(literals)
        return any("))" in text for text in literals) and whole.count(")") > whole.count("(")

    def missing(self, values: Mapping[str, Value]) -> list[str]:
        """What `render` would refuse: plain placeholders without a value, flags that are not mentioned."""
        lacking: dict[str, None] = {}
        for part in self.parts:
            if isinstance(part, Conditional):
                if part.flag not in values:
                    lacking[part.flag] = None
                elif not values[part.flag]:
                    continue
                lacking.update((inner.name, None) for inner in part.parts if _lacks(inner, values))
            elif _lacks(part, values):
                lacking[part.name] = None
        return list(lacking)

    def render(self, values: Mapping[str, Value], sink: Sink) -> str:
        """The text for one sink. Raises MissingValues before anything is rendered."""
        lacking = self.missing(values)
        if lacking:
            raise MissingValues(lacking)
        return "".join(self._rendered(values, sink))

    def _rendered(self, values: Mapping[str, Value], sink: Sink) -> Iterable[str]:
        escape = _ESCAPES[sink]
        for part in self.parts:
            for piece in _chosen(part, values):
                if isinstance(piece, Text):
                    yield html.escape(piece.text) if sink == "html" else piece.text
                else:
                    yield escape(str(values[piece.name]))


def _chosen(part: Part, values: Mapping[str, Value]) -> tuple["Text | Placeholder", ...]:
    if isinstance(part, Conditional):
        return part.parts if values[part.flag] else ()
    return (part,)


def _lacks(part: "Text | Placeholder", values: Mapping[str, Value]) -> TypeGuard[Placeholder]:
    return isinstance(part, Placeholder) and values.get(part.name) is None


@lru_cache(maxsize=512)
def read_template(text: str) -> Template:
    """Read a template; one that was read lately is not read again. Raises MalformedTemplate."""
    parts, end = _read(text, 0, inside=False)
    assert end == len(text)
    return Template(tuple(parts))


def _read(text: str, start: int, *, inside: bool) -> tuple[list[Part], int]:
    parts: list[Part] = []
    position = start
    while position < len(text):
        opening = text.find("((", position)
        closing = text.find("))", position) if inside else -1
        if inside and closing >= 0 and (opening < 0 or closing < opening):
            if text[closing + 2 : closing + 3] == ")" and _opens(parts, text[position:closing]):
                closing += 1
            _add_literal(parts, text[position:closing])
            return parts, closing + 2
        if opening < 0:
            break
        if text[opening + 2 : opening + 3] == "(" and _NAME.match(text, opening + 1):
            opening += 1
        match = _NAME.match(text, opening)
        if match is None or (inside and match[2] == "??"):
            raise MalformedTemplate(opening)
        _add_literal(parts, text[position:opening])
        position = match.end()
        if match[2] == "))":
            parts.append(Placeholder(match[1]))
        else:
            body, position = _read(text, position, inside=True)
            parts.append(Conditional(match[1], tuple(p for p in body if not isinstance(p, Conditional))))
    if inside:
        raise MalformedTemplate(start)
    _add_literal(parts, text[position:])
    return parts, len(text)


def _opens(parts: list[Part], rest: str) -> bool:
    """Whether the literal text of a conditional so far leaves a bracket open, as in ``((f?? (((x)))))``."""
    literal = "".join(part.text for part in parts if isinstance(part, Text)) + rest
    return literal.count("(") > literal.count(")")


def _add_literal(parts: list[Part], text: str) -> None:
    if text:
        parts.append(Text(text))


def without_controls(value: str) -> str:
    """A value without what steers a screen or a file: control characters, and marks that turn the reading direction."""
    return _CONTROL.sub("", value.replace("\r\n", "\n").replace("\r", "\n"))


def _one_line(value: str) -> str:
    return _SPACE.sub(" ", _CONTROL.sub(" ", value)).strip()


def _html(value: str) -> str:
    return html.escape(without_controls(value)).replace("\n", "<br>")


_ESCAPES: dict[Sink, Callable[[str], str]] = {
    "plain": without_controls,
    "html": _html,
    "sms": _one_line,
    "header": _one_line,
}
