"""The letter of introduction as a PDF. Its Chinese font is one that every PDF reader has; no font file is needed."""

import io
from datetime import date

import segno
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from membership.transfers.models import Transfer

FONT = "STSong-Light"
_LEFT, _WIDTH, _LEADING = 28 * mm, 154 * mm, 9 * mm
ROLE_WORDS = {"member": "正式党员", "probationary-member": "预备党员", "activist": "入党积极分子"}


def letter_text(transfer: Transfer, centre_name: str) -> list[str]:
    """The paragraphs of the letter, in Chinese: that is the language of the paper."""
    role, source = ROLE_WORDS[transfer.role], transfer.source_name("zh-Hans")
    return [
        f"{transfer.target_name('zh-Hans')}：",
        f"　　兹有{transfer.person.name}同志（{role}），由{source}转去你处，请予接转组织关系。",
        f"　　有效期至{_day(transfer.valid_until)}。",
        f"　　{centre_name}",
        f"　　{_day(transfer.requested_on)}",
    ]


def letter_pdf(transfer: Transfer, centre_name: str, verify_url: str) -> bytes:
    """One page: the letter, its number, and a QR code that leads to the page which says whether it is genuine."""
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1)
    canvas.setTitle(f"组织关系介绍信 {transfer.letter_number}")
    canvas.setFont(FONT, 20)
    canvas.drawCentredString(A4[0] / 2, 262 * mm, "中国共产党党员组织关系介绍信")
    canvas.setFont(FONT, 11)
    canvas.drawRightString(_LEFT + _WIDTH, 250 * mm, f"编号 {transfer.letter_number}")
    height = 236 * mm
    canvas.setFont(FONT, 13)
    for paragraph in letter_text(transfer, centre_name):
        for line in _lines(paragraph, 13):
            canvas.drawString(_LEFT, height, line)
            height -= _LEADING
        height -= 2 * mm
    _qr(canvas, verify_url, height - 6 * mm)
    canvas.save()
    return out.getvalue()


def _lines(text: str, size: int) -> list[str]:
    lines, line = [], ""
    for character in text:
        if pdfmetrics.stringWidth(line + character, FONT, size) > _WIDTH:
            lines.append(line)
            line = ""
        line += character
    return [*lines, line]


def _qr(canvas: Canvas, url: str, top: float) -> None:
    """The code as filled squares, so that no picture library is needed."""
    code = segno.make(url, error="m")
    size = 34 * mm / code.symbol_size(border=0)[0]
    for row, cells in enumerate(code.matrix):
        for column, dark in enumerate(cells):
            if dark:
                canvas.rect(_LEFT + column * size, top - (row + 1) * size, size, size, stroke=0, fill=1)
    canvas.setFont(FONT, 9)
    canvas.drawString(_LEFT + 40 * mm, top - 8 * mm, "扫码核验介绍信真伪")
    canvas.drawString(_LEFT + 40 * mm, top - 14 * mm, url)


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
