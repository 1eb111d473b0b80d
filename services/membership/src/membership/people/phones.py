"""Telephone numbers in E.164 form (ITU-T E.164), read as Chinese ones where no country is said."""

import unicodedata

import phonenumbers

REGION = "CN"


def e164(text: str, *, sample: bool = False) -> str | None:
    """``138 0013 8000`` as ``+8613800138000``; None when it is no telephone number.

    Sample people have numbers that are of a possible length and belong to nobody; ``sample`` lets those pass.
    """
    try:
        number = phonenumbers.parse(unicodedata.normalize("NFKC", text), REGION)
    except phonenumbers.NumberParseException:
        return None
    fits = phonenumbers.is_possible_number(number) if sample else phonenumbers.is_valid_number(number)
    if not fits or number.extension:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def national(phone: str) -> str:
    """As it is dialled here: a Chinese number without its country, another one with it."""
    return phone.removeprefix("+86") if phone.startswith("+86") else phone
