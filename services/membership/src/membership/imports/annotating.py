"""The uploaded table with its errors, in the reader's language."""

from collections.abc import Sequence

from flask_babel import gettext

from membership.imports.reading import CellError, CsvFile
from membership.imports.workbooks import annotated
from shared.web.wording import in_words


def annotated_workbook(file: CsvFile, errors: Sequence[CellError]) -> bytes:
    """An Excel file to correct and upload again: each wrong cell is marked and commented."""
    told: dict[int, list[tuple[str | None, str]]] = {}
    for error in errors:
        told.setdefault(error.row, []).append((error.column, in_words(error.reason)))
    return annotated(file.titles, file.columns, file.lines, told, gettext("What is wrong"))
