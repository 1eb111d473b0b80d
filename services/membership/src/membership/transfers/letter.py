"""The letter of introduction as a PDF, laid out like the paper form."""

import segno
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from membership.printing import FONT, LEFT, MIDDLE, RIGHT, day_in_words, paragraph, sheet
from membership.transfers.models import Transfer

ROLE_WORDS = {"member": "正式党员", "probationary-member": "预备党员", "activist": "入党积极分子"}


def letter_text(transfer: Transfer, centre_name: str) -> list[str]:
    """Addressee, two paragraphs, who signs and when, in Chinese: that is the language of the paper."""
    role, source = ROLE_WORDS[transfer.role], transfer.source_name("zh-Hans")
    return [
        f"{transfer.target_name('zh-Hans')}：",
        f"兹有{transfer.person.name}同志（{role}），由{source}转去你处，请予接转组织关系。",
        f"有效期至{day_in_words(transfer.valid_until)}。",
        centre_name,
        day_in_words(transfer.requested_on),
    ]


def letter_pdf(transfer: Transfer, centre_name: str, verify_url: str) -> bytes:
    """One page: the letter, its number, and a QR code that leads to the page which says whether it is genuine."""
    canvas, out = sheet(f"组织关系介绍信 {transfer.letter_number}")
    canvas.setFont(FONT, 22)
    canvas.drawCentredString(MIDDLE, 258 * mm, "中国共产党党员组织关系介绍信")
    canvas.setLineWidth(0.8)
    canvas.line(LEFT, 250 * mm, RIGHT, 250 * mm)
    canvas.setFont(FONT, 11)
    canvas.drawRightString(RIGHT, 243 * mm, f"编号：{transfer.letter_number}")
    addressee, body, validity, signed, dated = letter_text(transfer, centre_name)
    height = paragraph(canvas, addressee, 228 * mm, 14, indented=False)
    height = paragraph(canvas, body, height, 14)
    height = paragraph(canvas, validity, height, 14)
    canvas.setFont(FONT, 14)
    canvas.drawRightString(RIGHT, height - 14 * mm, signed)
    canvas.drawRightString(RIGHT, height - 24 * mm, dated)
    canvas.setFont(FONT, 10)
    canvas.drawRightString(RIGHT, height - 32 * mm, "（盖章）")
    _verification(canvas, verify_url, 62 * mm)
    canvas.save()
    return out.getvalue()


def _verification(canvas: Canvas, url: str, top: float) -> None:
    """At the foot, apart from the letter. The code is filled squares, so that no picture library is needed."""
    canvas.setLineWidth(0.4)
    canvas.setDash(2, 2)
    canvas.line(LEFT, top + 6 * mm, RIGHT, top + 6 * mm)
    code = segno.make(url, error="m")
    size = 30 * mm / code.symbol_size(border=0)[0]
    for row, cells in enumerate(code.matrix):
        for column, dark in enumerate(cells):
            if dark:
                canvas.rect(LEFT + column * size, top - (row + 1) * size, size, size, stroke=0, fill=1)
    canvas.setFont(FONT, 10)
    canvas.drawString(LEFT + 36 * mm, top - 10 * mm, "扫描二维码，核验本介绍信的真伪和有效期")
    canvas.setFont(FONT, 8)
    canvas.drawString(LEFT + 36 * mm, top - 17 * mm, url)
