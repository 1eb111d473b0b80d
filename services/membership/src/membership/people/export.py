"""People as a CSV file or an Excel workbook, without ID numbers and without anything that a spreadsheet would run."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from uuid import UUID

from membership.imports.reading import kept_as_text
from membership.imports.workbooks import table
from membership.people import phones
from membership.people.models import Person

HEADER = ("姓名", "手机", "邮箱", "语言", "出生日期", "组织代码")


def as_csv(people: Iterable[Person], organisations: Mapping[UUID, Sequence[str]]) -> str:
    """In the columns of an import. Chinese numbers stand as they are dialled here."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADER)
    writer.writerows([kept_as_text(cell) for cell in row] for row in _rows(people, organisations))
    return out.getvalue()


def as_workbook(people: Iterable[Person], organisations: Mapping[UUID, Sequence[str]]) -> bytes:
    """The same as Excel; every cell is text, so nothing in it is a formula."""
    return table(HEADER, _rows(people, organisations), "人员")


def _rows(people: Iterable[Person], organisations: Mapping[UUID, Sequence[str]]) -> Iterator[tuple[str, ...]]:
    for person in people:
        yield (
            person.name,
            phones.national(person.phone) if person.phone else "",
            person.email or "",
            person.language,
            person.birth_on.isoformat() if person.birth_on else "",
            " ".join(organisations.get(person.id, ())),
        )
