"""marshmallow's sentences in the reader's language: they come with their figures filled in and are recognised here."""

import re
from functools import cache

from flask_babel import gettext

from shared.texts import N_

SENTENCES = (
    N_("Missing data for required field."),
    N_("Field may not be null."),
    N_("Unknown field."),
    N_("Invalid input type."),
    N_("Invalid value."),
    N_("Not a valid string."),
    N_("Not a valid integer."),
    N_("Not a valid number."),
    N_("Not a valid boolean."),
    N_("Not a valid UUID."),
    N_("Not a valid date."),
    N_("Not a valid time."),
    N_("Not a valid datetime."),
    N_("Not a valid aware datetime."),
    N_("Not a valid list."),
    N_("Not a valid mapping type."),
    N_("Not a valid email address."),
    N_("Not a valid cursor."),
    N_("Invalid JSON body."),
    N_("Shorter than minimum length %(least)s."),
    N_("Longer than maximum length %(most)s."),
    N_("Length must be between %(least)s and %(most)s."),
    N_("Length must be %(exactly)s."),
    N_("Must be greater than or equal to %(least)s."),
    N_("Must be greater than %(least)s."),
    N_("Must be less than or equal to %(most)s."),
    N_("Must be less than %(most)s."),
    N_("Must be greater than or equal to %(least)s and less than or equal to %(most)s."),
    N_("Must be one of: %(choices)s."),
    N_("String does not match expected pattern."),
)


def translated(sentence: str) -> str:
    """The sentence in the reader's language, with its figures; as it is when it is not one of marshmallow's."""
    direct: str = gettext(sentence)
    if direct != sentence:
        return direct
    for pattern, message in _patterns():
        found = pattern.fullmatch(sentence)
        if found:
            return str(gettext(message)) % found.groupdict()
    return sentence


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Longer sentences first: a shorter one may begin like them."""
    made = []
    for message in sorted(SENTENCES, key=len, reverse=True):
        if "%(" in message:
            parts = re.split(r"%\((\w+)\)s", message)
            text = "".join(re.escape(part) if i % 2 == 0 else f"(?P<{part}>.+?)" for i, part in enumerate(parts))
            made.append((re.compile(text), message))
    return tuple(made)
