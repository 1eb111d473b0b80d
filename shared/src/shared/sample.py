"""Invented sample people: numbers that the loaders of all services agree on without asking each other.

Households 1 to 60 have two adults (2h-1 and 2h, their guardians) and one child (120+h); persons 181 to 300
are employees on their own. Nobody in here exists: the telephone numbers begin with 10, which no Chinese
mobile number does, and the addresses end in ``.invalid`` (RFC 2606, section 2).
"""

import uuid

_NAMESPACE = uuid.UUID("5e1f0d0e-6a55-5d0c-9a53-5b1f6f3f6a01")
HOUSEHOLDS = range(1, 61)
ADULTS = range(1, 121)
CHILDREN = range(121, 181)
EMPLOYEES = range(181, 301)
PASSWORD = "yizhan-sample-1"


def sample_id(kind: str, key: object) -> uuid.UUID:
    """The identifier of a sample thing, the same in every service.

    It begins with a time long past (RFC 9562, section 5.8: version 8), so that lists, which show the newest first by
    id, put what people enter before the samples.
    """
    named = uuid.uuid5(_NAMESPACE, f"{kind}/{key}").int
    return uuid.UUID(int=named & ((1 << 76) - 1) | 8 << 76)


def guardians_of(child: int) -> tuple[int, int]:
    """The numbers of the two guardians of a sample child (121 to 180)."""
    household = child - 120
    return 2 * household - 1, 2 * household


def phone(number: int) -> str:
    """A telephone number in E.164 form that cannot be a real mobile."""
    return f"+861{number:010d}"


def email(number: int) -> str:
    return f"sample.person.{number}@sample.invalid"


def language(number: int) -> str:
    """The language in which a sample person is written to."""
    return "en" if number % 5 == 0 else "zh-Hans"
