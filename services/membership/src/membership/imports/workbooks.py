"""Excel workbooks: read into rows of texts, and written back with every error at its cell."""

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from python_calamine import CalamineError, CalamineWorkbook

from shared.refusal import Refused
from shared.texts import N_

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MAGIC = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_LARGEST = 200 * 1024 * 1024
"""Unpacked; a workbook that claims to be larger is not opened."""
_EXACT = 2**53
_WRONG = PatternFill("solid", start_color="FFF4CCCC")
_HEAD = Font(bold=True)


def is_workbook(content: bytes) -> bool:
    """Whether this is an Excel file (xlsx or xls) and no text."""
    return content.startswith(_MAGIC)


def workbook_rows(content: bytes) -> list[list[str]]:
    """The cells of the first sheet as texts; Refused when it cannot be opened."""
    refused = Refused("not-a-workbook", N_("This Excel file cannot be opened."), field="file", status=422)
    try:
        if content.startswith(b"PK") and _unpacked(content) > _LARGEST:
            raise refused
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheet = book.get_sheet_by_index(0)
    except (CalamineError, zipfile.BadZipFile, IndexError, ValueError) as error:
        raise refused from error
    first = sheet.start[0] if sheet.start else 0
    rows = [[_text(cell) for cell in row] for row in sheet.to_python(skip_empty_area=True)]
    return [[] for _ in range(first)] + rows


def _unpacked(content: bytes) -> int:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return sum(one.file_size for one in archive.infolist())


def _text(cell: Any) -> str:
    """As a person reads the cell. A number too large to be exact stays visibly a float, so that it is flagged."""
    if isinstance(cell, bool):
        return str(cell)
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell)) if abs(cell) < _EXACT else f"{cell:.10E}"
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, (date, timedelta)):
        return cell.isoformat() if isinstance(cell, date) else str(cell)
    return "" if cell is None else str(cell)


def annotated(
    titles: Sequence[str],
    columns: Sequence[str],
    lines: Mapping[int, Sequence[str]],
    errors: Mapping[int, Sequence[tuple[str | None, str]]],
    heading: str,
) -> bytes:
    """The table again, with a comment and a mark at each wrong cell and all of a row's errors in the last column.

    Every cell is text, so that nothing runs and no number is mangled when it is opened.
    """
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for number in range(1, len(titles) + 2):
        sheet.column_dimensions[get_column_letter(number)].width = 60 if number > len(titles) else 20
    sheet.append([_cell(sheet, title, font=_HEAD) for title in (*titles, heading)])
    for number, line in lines.items():
        wrong = errors.get(number, ())
        cells = []
        for column, value in zip(columns, [*line, *[""] * len(columns)], strict=False):
            said = [text for where, text in wrong if where == column]
            cells.append(_cell(sheet, value, comment="\n".join(said)))
        told = "\n".join(text for _, text in wrong)
        sheet.append([*cells, _cell(sheet, told)])
    return _bytes(book)


def table(titles: Sequence[str], rows: Iterable[Sequence[str]], name: str) -> bytes:
    """A plain table of texts."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(name)
    for number in range(1, len(titles) + 1):
        sheet.column_dimensions[get_column_letter(number)].width = 20
    sheet.append([_cell(sheet, title, font=_HEAD) for title in titles])
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])
    return _bytes(book)


def _cell(sheet: Any, value: str, *, comment: str = "", font: Font | None = None) -> WriteOnlyCell:
    """A cell that holds the text and nothing else: ``=1+1`` stays text because its type says so."""
    cell = WriteOnlyCell(sheet, value="".join(one for one in value if one.isprintable() or one == "\n"))
    cell.data_type = "s"
    cell.number_format = "@"
    if font is not None:
        cell.font = font
    if comment:
        cell.fill = _WRONG
        cell.comment = Comment(comment, "Yizhan")
    return cell


def _bytes(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
