"""A list as a file: what the page shows, filtered and sorted as it is, as CSV or as an Excel workbook.

The rows come from the query of the page, so a file never holds more than its reader may see. Nothing in it is ever
run by a spreadsheet: texts that could be a formula are told apart in CSV, and are typed as texts in Excel.
"""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import Response, request
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from sqlalchemy import Select
from sqlalchemy.orm import Session

from shared.refusal import Refused
from shared.texts import N_
from shared.web.context import runtime, unit_of_work
from shared.web.ordering import Orders
from shared.web.paging import address_with

PARAMETER = "export"
MOST_ROWS = 10_000
"""A larger selection is refused: the reader narrows the filters, instead of getting a part without noticing."""
KINDS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# What spreadsheets take for the beginning of a formula; Chinese and Japanese ones take the wide characters, too.
_LIVE = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_WIDEST = 60


@dataclass(frozen=True)
class Column:
    """A column of the file: its heading in the reader's language, and what stands there for a row."""

    label: Any
    value: Callable[[Any], Any]


Columns = Callable[[Session, Sequence[Any]], Sequence[Column]]


def exported(
    name: str,
    select: Select[Any] | Callable[[Session], Sequence[Any]],
    columns: Columns,
    *,
    orders: Orders | None = None,
) -> Response | None:
    """The list as a file when the address asks for one (``?export=csv``), else None.

    ``name`` names the file and the audit entry; ``select`` is the list's query, or makes the rows where the database
    alone does not; ``columns`` is called once with all rows. Refused with ``export-too-large`` above MOST_ROWS.
    """
    kind = request.args.get(PARAMETER, "")
    if kind not in KINDS:
        return None
    with unit_of_work() as work:
        rows = select(work.session) if callable(select) else _rows(work.session, select, orders)
        if len(rows) > MOST_ROWS:
            raise Refused(
                "export-too-large",
                N_("This list has more than %(most)s entries. Narrow it by its filters, then export it."),
                most=MOST_ROWS,
            )
        chosen = columns(work.session, rows)
        content = write(kind, [str(one.label) for one in chosen], ([one.value(row) for one in chosen] for row in rows))
        work.audit("list-exported", f"list/{name}", kind=kind, count=len(rows))
    day = work.now.astimezone(runtime().settings.time_zone).date()
    answer = Response(content, content_type=KINDS[kind])
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}-{day}.{kind}"'
    return answer


def export_link(kind: str) -> str:
    """The address of the list in front of the reader as such a file: all its pages, in its order."""
    return address_with(**{PARAMETER: kind, "cursor": None, "limit": None})


def _rows(session: Session, select: Select[Any], orders: Orders | None) -> Sequence[Any]:
    column = select.column_descriptions[0]["entity"].id
    order = orders.chosen() if orders is not None else None
    wanted = select.order_by(None).order_by(column.desc()) if order is None else order.applied(select, column, None)
    return [row[0] for row in session.execute(wanted.limit(MOST_ROWS + 1)).unique()]


def write(kind: str, labels: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """The table as ``csv`` (UTF-8 with a byte order mark, as Excel wants it) or ``xlsx``."""
    return _csv(labels, rows) if kind == "csv" else _xlsx(labels, rows)


def harmless(text: str) -> str:
    """The text for a cell of a CSV file: an apostrophe stands before what a spreadsheet would run."""
    return f"'{text}" if text.startswith(_LIVE) or text.lstrip().startswith(_LIVE) else text


def _csv(labels: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([harmless(label) for label in labels])
    writer.writerows([_csv_cell(value) for value in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def _csv_cell(value: Any) -> str:
    plain = _plain(value)
    if isinstance(plain, datetime):
        return plain.isoformat(" ", "minutes")
    if isinstance(plain, (date, int, Decimal)):
        return str(plain)
    return harmless(plain)


def _xlsx(labels: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.freeze_panes = "A2"
    for number, label in enumerate(labels, 1):
        sheet.column_dimensions[get_column_letter(number)].width = min(max(16, 2 * len(label) + 4), _WIDEST)
    sheet.append([_xlsx_cell(sheet, label, Font(bold=True)) for label in labels])
    for row in rows:
        sheet.append([_xlsx_cell(sheet, value) for value in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _xlsx_cell(sheet: Any, value: Any, font: Font | None = None) -> WriteOnlyCell:
    """Numbers and times as such; a text is typed as a text, so ``=1+1`` stays what it is."""
    plain = _plain(value)
    if isinstance(plain, str):
        cell = WriteOnlyCell(sheet, value="".join(one for one in plain if one.isprintable() or one == "\n"))
        cell.data_type = "s"
        cell.number_format = "@"
    else:
        cell = WriteOnlyCell(sheet, value=plain)
        if isinstance(plain, datetime):
            cell.number_format = "yyyy-mm-dd hh:mm"
        elif isinstance(plain, date):
            cell.number_format = "yyyy-mm-dd"
        elif isinstance(plain, Decimal):
            cell.number_format = "#,##0.00"
    if font is not None:
        cell.font = font
    return cell


def _plain(value: Any) -> str | int | Decimal | date:
    """A moment in the centre's zone without its zone (Excel knows none); everything unknown as its text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, datetime):
        return value.astimezone(runtime().settings.time_zone).replace(tzinfo=None, microsecond=0)
    if isinstance(value, (int, Decimal, date)):
        return value
    return str(value.hex) if isinstance(value, UUID) else str(value)
