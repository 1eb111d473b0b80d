"""What papers to print have in common: an A4 page, a Chinese font that every PDF reader has, lines and days."""

import io
from datetime import date

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

FONT = "STSong-Light"
LEFT, WIDTH, HEIGHT = 28 * mm, 154 * mm, A4[1]
RIGHT, MIDDLE = LEFT + WIDTH, A4[0] / 2
_INDENT = "　　"


def sheet(title: str) -> tuple[Canvas, io.BytesIO]:
    """An empty A4 page with its title as the reader's window shows it; the same content gives the same bytes."""
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1)
    canvas.setTitle(title)
    return canvas, out


def wrapped(text: str, size: float, width: float = WIDTH) -> list[str]:
    """The text in lines of that width. No line begins with a mark that belongs to the line before."""
    lines, line = [], ""
    for character in text:
        if line and pdfmetrics.stringWidth(line + character, FONT, size) > width and character not in "，。；：、）":
            lines.append(line)
            line = ""
        line += character
    return [*lines, line]


def paragraph(canvas: Canvas, text: str, height: float, size: float = 13, indented: bool = True) -> float:
    """Write a paragraph from that height downwards; where the next one begins."""
    canvas.setFont(FONT, size)
    for line in wrapped(_INDENT + text if indented else text, size):
        canvas.drawString(LEFT, height, line)
        height -= size * 1.95
    return height - 2 * mm


def day_in_words(day: date) -> str:
    """``2026年11月2日``"""
    return f"{day.year}年{day.month}月{day.day}日"
