"""What changed between two texts. Pure."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Literal

Change = Literal["same", "gone", "new"]
_WORD = re.compile(r"\(\([^()]*\)\)|[A-Za-z0-9]+|.", re.DOTALL)


def differences(old: str, new: str) -> list[tuple[Change, str]]:
    """The pieces of both texts in their order; those that are not ``gone`` make up the new text, those that are not
    ``new`` the old one. Placeholders and Latin words stay whole, other characters stand alone."""
    before, after = _WORD.findall(old), _WORD.findall(new)
    return list(_pieces(before, after))


def _pieces(before: list[str], after: list[str]) -> Iterator[tuple[Change, str]]:
    for tag, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            yield "same", "".join(before[a:b])
            continue
        if a < b:
            yield "gone", "".join(before[a:b])
        if c < d:
            yield "new", "".join(after[c:d])
