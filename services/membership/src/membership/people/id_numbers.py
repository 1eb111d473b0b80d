"""Resident identity card numbers (GB 11643-1999): one spelling, the check digit, the birth date, the mask."""

import re
import unicodedata
from datetime import date

from stdnum.cn import ric
from stdnum.exceptions import ValidationError

_FLOAT = re.compile(r"[0-9][.0-9]*E\+?[0-9]+", re.IGNORECASE)


def normalised(text: str) -> str:
    """Without spaces and hyphens, half-width digits, capital X."""
    return re.sub(r"[\s·.-]", "", unicodedata.normalize("NFKC", text)).upper()


def is_valid(number: str) -> bool:
    """Whether length, place, birth date and check digit are right. Takes a normalised number."""
    return ric.is_valid(number)


def looks_like_a_float(text: str) -> bool:
    """Whether a spreadsheet stored the number as a float and so lost its last digits: ``1.10105E+17``."""
    return _FLOAT.fullmatch(unicodedata.normalize("NFKC", text).strip()) is not None


def birth_date(number: str) -> date | None:
    """The birth date that a valid number says."""
    try:
        born: date = ric.get_birth_date(number)
    except ValidationError:
        return None
    return born


def masked(number: str) -> str:
    """``110105********002X``."""
    return f"{number[:6]}{'*' * 8}{number[-4:]}"
