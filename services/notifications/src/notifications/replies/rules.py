"""Words by which somebody ends what is optional by SMS, and telephone numbers as gateways write them. Pure."""

import hashlib
import unicodedata
from dataclasses import dataclass

ENDING_WORDS = ("退订", "T", "TD", "STOP", "N")
"""What Chinese gateways ask people to answer, and what is usual elsewhere."""
_AROUND = " \t\r\n.,!?;:。，！？；：、'\"“”‘’「」【】()（）"
_LONGEST_PHONE = 20
_MAINLAND_DIGITS = 11


@dataclass(frozen=True)
class Reply:
    """An answer as its gateway told it. `key` is the same however often it is told; `text` is looked at and not kept.

    `phone` has its country code.
    """

    key: str
    phone: str
    text: str


def ending_word(text: str) -> str | None:
    """The word that ends what is optional, whatever its width, its case and the signs around it; None for all else."""
    word = unicodedata.normalize("NFKC", text).strip(_AROUND).upper()
    return word if word in ENDING_WORDS else None


def full_number(phone: str, country: str = "") -> str | None:
    """``+8613800001234`` from what a gateway gives, with or without a country code; None for what is no number."""
    kept = "".join(char for char in phone if char.isascii() and (char.isdigit() or char == "+"))
    if kept.startswith("00"):
        kept = f"+{kept[2:]}"
    digits = kept.lstrip("+")
    if not digits or len(digits) >= _LONGEST_PHONE:
        return None
    if kept.startswith("+"):
        return f"+{digits}"
    if country.strip("+").isdigit() and not digits.startswith(country.strip("+")):
        return f"+{country.strip('+')}{digits}"
    if len(digits) == _MAINLAND_DIGITS and digits.startswith("1"):
        return f"+86{digits}"
    return f"+{digits}"


def key_of(*parts: object) -> str:
    """What tells one answer from another: the gateway's own number of it, or who said what when."""
    return hashlib.sha256("|".join(str(part) for part in parts).encode()).hexdigest()
