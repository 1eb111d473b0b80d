"""Reading an uploaded table into rows of texts: encoding, separator, header. No meaning of values yet.

A table is an Excel workbook or CSV; of CSV, UTF-8 with or without a byte order mark and GB18030 (the Chinese national
standard, which includes GBK) are read.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from membership.imports.workbooks import is_workbook, workbook_rows
from shared.refusal import Reason, Refused
from shared.texts import N_

MAX_ROWS = 5000
MAX_CELL = 500
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "name": ("姓名", "名字", "name", "fullname"),
    "id_number": ("身份证号", "身份证号码", "身份证", "公民身份号码", "idnumber", "idno", "idcard"),
    "phone": ("手机", "手机号", "手机号码", "电话", "联系电话", "phone", "mobile", "phonenumber", "telephone"),
    "email": ("邮箱", "电子邮箱", "电子邮件", "email", "emailaddress", "mail"),
    "language": ("语言", "language"),
    "birth_on": ("出生日期", "生日", "出生年月日", "birthdate", "dateofbirth", "birthday", "birthon"),
    "organisation": ("组织代码", "组织编号", "组织", "organisationcode", "organizationcode", "organisation"),
}
REQUIRED = ("name",)
_LIVE = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class CsvRow:
    """``number`` as a spreadsheet counts, the header being 1; ``cells`` by column, trimmed, empty ones left out."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class CellError:
    """A broken rule and where: ``row`` as a spreadsheet counts, ``column`` as in COLUMNS; None is the whole row."""

    row: int
    column: str | None
    reason: Reason


@dataclass(frozen=True)
class CsvFile:
    """``columns`` in the order of the file with their ``titles``; ``lines`` are the cells as they stood there."""

    rows: Sequence[CsvRow]
    errors: Sequence[CellError]
    columns: Sequence[str] = ()
    titles: Sequence[str] = ()
    lines: Mapping[int, Sequence[str]] = field(default_factory=dict)


def decoded(content: bytes) -> str:
    """The file as text; Refused when it is neither UTF-8 nor GB18030, or no text at all."""
    if b"\x00" in content:
        text = N_("This is no CSV file. Save the table as CSV (UTF-8) and upload that.")
        raise Refused("not-a-csv-file", text, field="file", status=422)
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    text = N_("The file is neither UTF-8 nor GB18030. Save the table as CSV (UTF-8).")
    raise Refused("encoding-unknown", text, field="file", status=422)


def read(content: bytes, known: Mapping[str, Sequence[str]] = COLUMNS, required: Sequence[str] = REQUIRED) -> CsvFile:
    """The rows of the file and what is wrong with their form. Refused when there is nothing to work with.

    ``known`` are the spellings of each column's title, ``required`` the columns that a file must have.
    """
    lines = workbook_rows(content) if is_workbook(content) else _csv_rows(content)
    filled = [number for number, line in enumerate(lines) if any(cell.strip() for cell in line)]
    if not filled:
        raise Refused("file-empty", N_("The file is empty."), field="file", status=422)
    head = filled[0]
    columns = _header(lines[head], known, required)
    if len(filled) - 1 > MAX_ROWS:
        said = N_("The file has %(count)s rows; at most %(most)s are taken at once.")
        raise Refused("too-many-rows", said, field="file", status=422, count=len(filled) - 1, most=MAX_ROWS)
    if len(filled) == 1:
        raise Refused("no-rows", N_("Under the header there is no row."), field="file", status=422)
    rows: list[CsvRow] = []
    errors: list[CellError] = []
    for number in filled[1:]:
        row, wrong = _row(number + 1, lines[number], columns)
        rows.append(row)
        errors.extend(wrong)
    kept = {number + 1: lines[number] for number in filled[1:]}
    return CsvFile(rows, errors, columns, _without_empty_tail(lines[head]), kept)


def _csv_rows(content: bytes) -> list[list[str]]:
    text = decoded(content)
    first = text.lstrip().partition("\n")[0]
    delimiter = max((",", ";", "\t"), key=first.count)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        said = N_("The file cannot be read as CSV: a quotation mark is missing or too many.")
        raise Refused("csv-malformed", said, field="file", status=422) from error


def _header(line: Sequence[str], columns: Mapping[str, Sequence[str]], required: Sequence[str]) -> list[str]:
    """The columns in the order of the file; Refused with every unknown, repeated or missing one."""
    known = {spelling: column for column, spellings in columns.items() for spelling in (column, *spellings)}
    found: list[str] = []
    reasons: list[Reason] = []
    for title in _without_empty_tail(line):
        column = known.get(_plain(title)) or known.get(title.strip())
        if column is None:
            text = N_("The column %(title)s is not known.")
            reasons.append(Reason("column-unknown", text, "file", {"title": title.strip()[:40] or "?"}))
        elif column in found:
            text = N_("The column %(title)s is there twice.")
            reasons.append(Reason("column-twice", text, "file", {"title": title.strip()}))
        found.append(column or "")
    for column in required:
        if column not in found:
            text = N_("There is no column %(title)s.")
            reasons.append(Reason("column-missing", text, "file", {"title": columns[column][0]}))
    if reasons:
        raise Refused.many(reasons)
    return found


def _plain(title: str) -> str:
    return re.sub(r"[\s_.\-]", "", unicodedata.normalize("NFKC", title)).lower()


def _without_empty_tail(line: Sequence[str]) -> list[str]:
    cells = list(line)
    while cells and not cells[-1].strip():
        cells.pop()
    return cells


def _row(number: int, line: Sequence[str], columns: Sequence[str]) -> tuple[CsvRow, list[CellError]]:
    errors: list[CellError] = []
    cells: dict[str, str] = {}
    if len(_without_empty_tail(line)) > len(columns):
        text = N_("The row has more cells than the header.")
        errors.append(CellError(number, None, Reason("too-many-cells", text)))
    for column, cell in zip(columns, line, strict=False):
        value = cell.strip(" \u3000\xa0\n")
        if len(value) > MAX_CELL:
            text = N_("A cell has at most %(most)s characters.")
            errors.append(CellError(number, column, Reason("cell-too-long", text, None, {"most": MAX_CELL})))
        elif _is_live(column, value):
            text = N_("A cell may not begin with = + - or @: a spreadsheet would run it as a formula.")
            errors.append(CellError(number, column, Reason("formula", text)))
        elif value:
            cells[column] = value[1:] if value[0] == "'" and value[1:].startswith(_LIVE) else value
    return CsvRow(number, cells), errors


def _is_live(column: str, value: str) -> bool:
    """A telephone number may begin with a plus sign, and nothing else may follow it but digits."""
    if column == "phone" and re.fullmatch(r"\+[0-9 ()-]+", value):
        return False
    return value.startswith(_LIVE)


def kept_as_text(value: str) -> str:
    """A cell for a CSV file that a spreadsheet will show and not run: an apostrophe stands before what is live."""
    return f"'{value}" if value.lstrip().startswith(_LIVE) or value.startswith(_LIVE) else value
