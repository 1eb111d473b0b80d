"""Every form that changes something carries the token by which it is carried out once, however often it is sent."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted(
    path
    for folder in (ROOT / "shared" / "src", *(ROOT / "services").glob("*/src"))
    for path in folder.rglob("templates/**/*.html")
    if "mailbox" not in path.parts  # a tool of its own for developers, without sessions
)
FORM = re.compile(r"<form\b[^>]*\bmethod=\"post\".*?</form>", re.DOTALL | re.IGNORECASE)
TOKEN = re.compile(r"tokens\(\)|hidden\(form\)")
HARMLESS = ("languages.switch", "sign_in.leave")
READ_EACH_TIME = "cases/sealed.html"
"""Reading a sealed text is noted each time, also when the page is loaded again."""


def without_token(text: str) -> list[str]:
    """The forms of a template that can be carried out twice."""
    forms = [found.group() for found in FORM.finditer(text)]
    return [form for form in forms if not TOKEN.search(form) and not any(name in form for name in HARMLESS)]


def test_every_form_carries_its_token() -> None:
    found = {str(path.relative_to(ROOT)): without_token(path.read_text(encoding="utf-8")) for path in TEMPLATES}
    assert {name: forms for name, forms in found.items() if forms and not name.endswith(READ_EACH_TIME)} == {}


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ('<form method="post">{{ tokens() }}</form>', 0),
        ('<form class="x" method="post">\n<button></button></form><form method="post">{{ tokens() }}</form>', 1),
        ('<form method="get"></form>', 0),
    ],
)
def test_a_form_without_one_is_found(text: str, number: int) -> None:
    assert len(without_token(text)) == number
