"""What a floating member attended here, for the branch at home: figures, sentences and the PDF."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from sqlalchemy.orm import Session

from membership.floating.models import FloatingStay
from membership.house import house
from membership.meetings.queries import attended_between
from membership.printing import FONT, LEFT, MIDDLE, RIGHT, day_in_words, paragraph, sheet, wrapped

_ROW, _LAST = 7 * mm, 30 * mm


@dataclass(frozen=True)
class Line:
    """One session that was attended."""

    day: date
    title_zh: str
    title_en: str
    minutes: int

    def title(self, language: str) -> str:
        return self.title_zh if language.startswith("zh") else self.title_en


@dataclass(frozen=True)
class Statement:
    """From the first day of the stay to its end, or to today while it goes on (both included)."""

    stay: FloatingStay
    first: date
    last: date
    lines: Sequence[Line]

    @property
    def minutes(self) -> int:
        return sum(line.minutes for line in self.lines)

    @property
    def hours(self) -> int:
        """Whole study hours, as the office counts them."""
        return self.minutes // house().study.minutes


def statement_of(session: Session, stay: FloatingStay, today: date, zone: ZoneInfo) -> Statement:
    """Counted anew each time, so that a corrected attendance is right in the next printing."""
    last = stay.ended_on - timedelta(days=1) if stay.ended_on else today
    last = max(last, stay.started_on)
    lines = [
        Line(held.starts_at.astimezone(zone).date(), held.title_zh, held.title_en, attendance.minutes)
        for attendance, held in attended_between(session, stay.person_id, stay.started_on, last, zone)
    ]
    return Statement(stay, stay.started_on, last, lines)


def statement_text(statement: Statement, centre_name: str) -> list[str]:
    """Addressee, the sentence, who signs, in Chinese: that is the language of the paper."""
    stay = statement.stay
    period = f"{day_in_words(statement.first)}至{day_in_words(statement.last)}"
    held = f"共参加组织生活和学习活动{len(statement.lines)}次，计{statement.minutes}分钟（{statement.hours}学时）"
    return [
        f"{stay.home_name('zh-Hans')}：",
        f"你支部{stay.person.name}同志系在{stay.host_name('zh-Hans')}登记的流动党员，{period}{held}，明细如下。"
        "该同志组织关系仍在你支部，在我处不参加表决。",
        centre_name,
    ]


def statement_pdf(statement: Statement, centre_name: str, printed_on: date) -> bytes:
    """As many pages as the sessions need."""
    canvas, out = sheet(f"流动党员参加组织生活情况证明 {statement.stay.person.name}")
    canvas.setFont(FONT, 20)
    canvas.drawCentredString(MIDDLE, 258 * mm, "流动党员参加组织生活情况证明")
    canvas.setLineWidth(0.8)
    canvas.line(LEFT, 250 * mm, RIGHT, 250 * mm)
    addressee, body, signed = statement_text(statement, centre_name)
    height = paragraph(canvas, addressee, 236 * mm, 13, indented=False)
    height = _table(canvas, statement.lines, paragraph(canvas, body, height, 13) - 4 * mm)
    if height < _LAST + 24 * mm:
        canvas.showPage()
        height = 258 * mm
    canvas.setFont(FONT, 13)
    canvas.drawRightString(RIGHT, height - 12 * mm, signed)
    canvas.drawRightString(RIGHT, height - 21 * mm, day_in_words(printed_on))
    canvas.setFont(FONT, 10)
    canvas.drawRightString(RIGHT, height - 28 * mm, "（盖章）")
    canvas.save()
    return out.getvalue()


def _table(canvas: Canvas, lines: Sequence[Line], height: float) -> float:
    """Number, day, what it was, minutes; where the table ends."""
    height = _head(canvas, height)
    for number, line in enumerate(lines, start=1):
        if height < _LAST:
            canvas.showPage()
            height = _head(canvas, 262 * mm)
        canvas.setFont(FONT, 10.5)
        canvas.drawString(LEFT, height, str(number))
        canvas.drawString(LEFT + 12 * mm, height, day_in_words(line.day))
        title = wrapped(line.title_zh, 10.5, 82 * mm)
        canvas.drawString(LEFT + 46 * mm, height, title[0] + ("…" if len(title) > 1 else ""))
        canvas.drawRightString(RIGHT, height, str(line.minutes))
        height -= _ROW
    return height


def _head(canvas: Canvas, height: float) -> float:
    canvas.setFont(FONT, 10.5)
    for place, word in ((0, "序号"), (12 * mm, "日期"), (46 * mm, "活动")):
        canvas.drawString(LEFT + place, height, word)
    canvas.drawRightString(RIGHT, height, "分钟")
    canvas.setLineWidth(0.4)
    canvas.line(LEFT, height - 2 * mm, RIGHT, height - 2 * mm)
    return height - _ROW
