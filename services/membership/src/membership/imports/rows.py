"""What one row means: a person's data and the organisations to join, or what is wrong with its cells. Pure."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from membership.imports.reading import CellError, CsvRow
from membership.people.rules import PersonData, checked, guardian_reasons
from shared.refusal import Reason
from shared.texts import N_

_LANGUAGES: Mapping[str, str] = {
    "中文": "zh-Hans",
    "简体中文": "zh-Hans",
    "汉语": "zh-Hans",
    "zh": "zh-Hans",
    "zh-hans": "zh-Hans",
    "zh-cn": "zh-Hans",
    "chinese": "zh-Hans",
    "英文": "en",
    "英语": "en",
    "en": "en",
    "english": "en",
}
_DATES = (
    re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})"),
    re.compile(r"(\d{4})/(\d{1,2})/(\d{1,2})"),
    re.compile(r"(\d{4})\.(\d{1,2})\.(\d{1,2})"),
    re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日"),
    re.compile(r"(\d{4})(\d{2})(\d{2})"),
)
_SEPARATORS = re.compile(r"[\s;；、,，|]+")


@dataclass(frozen=True)
class RowData:
    """A row whose cells were read. ``given`` are the columns that were filled in; ``codes`` the organisations'."""

    number: int
    person: PersonData
    given: frozenset[str]
    codes: tuple[str, ...]


def meaning(row: CsvRow, today: date) -> tuple[RowData, list[CellError]]:
    """The row's data, tidied, and every rule that its cells break."""
    reasons: list[Reason] = []
    language = _language(row.cells.get("language"), reasons)
    born = _date(row.cells.get("birth_on"), reasons)
    raw = PersonData(
        name=row.cells.get("name", ""),
        language=language,
        phone=row.cells.get("phone"),
        email=row.cells.get("email"),
        birth_on=born,
        id_number=row.cells.get("id_number"),
    )
    person, broken = checked(raw, today)
    reasons += broken
    reasons += _child(person, today)
    if not any(row.cells.get(column) for column in ("id_number", "phone", "email", "birth_on")):
        text = N_("Besides the name, a row has an ID number, phone, e-mail or birth date to know the person again by.")
        reasons.append(Reason("not-recognisable", text))
    named = _SEPARATORS.split(_half_width(row.cells.get("organisation", "")))
    codes = tuple(dict.fromkeys(code.upper() for code in named if code))
    errors = [CellError(row.number, reason.field, reason) for reason in reasons]
    return RowData(row.number, person, frozenset(row.cells), codes), errors


def _language(text: str | None, reasons: list[Reason]) -> str:
    if not text:
        return "zh-Hans"
    language = _LANGUAGES.get(_half_width(text).lower())
    if language is None:
        reasons.append(Reason("language-unknown", N_("The language is 中文 or English."), "language"))
    return language or "zh-Hans"


def _date(text: str | None, reasons: list[Reason]) -> date | None:
    if not text:
        return None
    found = date_of(text)
    if found is None:
        said = N_("This is no date; write 2012-05-01 or 2012年5月1日.")
        reasons.append(Reason("date-invalid", said, "birth_on"))
    return found


def date_of(text: str) -> date | None:
    """A day as people write it: ``2012-05-01``, ``2012/5/1``, ``2012年5月1日`` or ``20120501``."""
    for form in _DATES:
        found = form.fullmatch(_half_width(text))
        if found:
            try:
                return date(*(int(part) for part in found.groups()))
            except ValueError:
                return None
    return None


def _child(person: PersonData, today: date) -> list[Reason]:
    if not guardian_reasons(None, person.birth_on, (), today):
        return []
    text = N_("A child under 14 needs a guardian: register it by hand, after its guardian.")
    return [Reason("guardian-needed", text, "birth_on")]


def _half_width(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()
