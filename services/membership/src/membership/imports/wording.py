"""The columns of a file in the reader's language."""

from collections.abc import Mapping

from flask_babel import gettext

from shared.texts import N_

_NAMES: Mapping[str | None, str] = {
    "name": N_("Name"),
    "id_number": N_("ID number"),
    "phone": N_("Phone"),
    "email": N_("E-mail"),
    "language": N_("Language of messages"),
    "birth_on": N_("Birth date"),
    "organisation": N_("Organisation code"),
}


def column_name(column: str | None) -> str:
    """``id_number`` as 身份证号; None is the whole row."""
    return str(gettext(_NAMES[column] if column in _NAMES else N_("Whole row")))
