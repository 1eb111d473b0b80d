"""What somebody had in front of them when they wrote a draft, as one number. Pure.

Drafts are counted anew after each publishing, so that their number alone does not say which draft was meant.
"""

from typing import TypedDict

_DRAFTS = 100_000


class Edition(TypedDict):
    """The version of a draft, and the published one that it follows."""

    version: int
    follows: int


def edition(follows: int, version: int) -> int:
    """The number of the draft `version` that follows the published one."""
    return follows * _DRAFTS + version


def read_edition(number: int) -> Edition:
    """Both parts again; of a number that was never given out, such as were never true."""
    follows, version = divmod(number, _DRAFTS)
    return Edition(version=version, follows=follows)
