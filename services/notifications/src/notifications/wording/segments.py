"""How many parts an SMS is charged as, and where it is cut. Pure.

Mainland China: every UTF-16 unit counts one, the signature included; up to 70 is one part, more is cut into
parts of 67. Elsewhere: GSM 03.38 (160, parts of 153, its extension table counts two), else UCS-2 as above
(3GPP TS 23.038 and 23.040).
"""

from collections.abc import Callable

_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_EXTENSION = frozenset("^{}\\[~]|€\f")


def split_segments(text: str, phone: str) -> list[str]:
    """The parts that `text` is sent in to `phone` (E.164). No character is ever cut in two."""
    if not phone.startswith("+86") and all(char in _GSM or char in _GSM_EXTENSION for char in text):
        return _cut(text, whole=160, part=153, width=lambda char: 2 if char in _GSM_EXTENSION else 1)
    return _cut(text, whole=70, part=67, width=lambda char: 2 if ord(char) > 0xFFFF else 1)


def count_segments(text: str, phone: str) -> int:
    """How many parts `text` is charged as; an empty one counts one."""
    return len(split_segments(text, phone))


def _cut(text: str, *, whole: int, part: int, width: Callable[[str], int]) -> list[str]:
    widths = [width(char) for char in text]
    if sum(widths) <= whole:
        return [text]
    parts, start, used = [], 0, 0
    for position, units in enumerate(widths):
        if used + units > part:
            parts.append(text[start:position])
            start, used = position, 0
        used += units
    return [*parts, text[start:]]
