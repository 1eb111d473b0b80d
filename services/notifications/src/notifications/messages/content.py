"""What a message says: rendered from its pinned template version, its notice's facts and the people's names."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

import css_inline

from notifications.contacts.models import Contact
from notifications.messages.models import Message
from notifications.short_links import rules as short_links
from notifications.wording.rendering import Value, read_template
from notifications.wording.values import localised

_STYLE = """
body { margin: 0; padding: 28px 12px; background: #faf6ee; color: #27211b; -webkit-text-size-adjust: 100%; }
.mail { max-width: 600px; margin: 0 auto; }
.sheet { padding: 28px 32px 14px; background: #fffdf8; border: 1px solid #e3d9c8; border-top: 4px solid #b5321b; }
.sheet { border-radius: 6px; font: 16px/1.75 "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; }
.sheet { overflow-wrap: anywhere; }
h1 { margin: 0 0 18px; font-size: 21px; line-height: 1.4; font-weight: 600; color: #27211b; }
p { margin: 0 0 16px; }
.from { padding: 16px 33px 0; color: #5e554a; font: 13px/1.7 "PingFang SC", "Microsoft YaHei", sans-serif; }
.from p { margin: 0; }
.from strong { font-weight: 600; }
.from a { color: #5e554a; }
"""
"""Inlined into each element: many mail programs know no other styles."""
_DARK_QUERY = "@media (prefers-color-scheme: dark)"
_SCHEMES = '<meta name="color-scheme" content="light dark">'
_KEPT_STYLE = (
    "@media (max-width: 480px) { body { padding: 0 0 24px !important; } .sheet { padding: 22px 18px 6px !important; "
    "border-width: 4px 0 1px !important; border-radius: 0 !important; } .from { padding: 14px 18px 0 !important; } } "
    f"{_DARK_QUERY} {{ body {{ background: #181511 !important; color: #efe7da !important; }} "
    ".sheet { background: #231e18 !important; border-color: #f58467 #3b342b #3b342b !important; "
    "color: #efe7da !important; } h1 { color: #efe7da !important; } "
    ".from, .from a { color: #b9ad9c !important; } }"
)
"""For programs that read the head: narrow windows, and the dark."""
_NOTE = {
    "zh-Hans": "此邮件由系统自动发送，请勿直接回复。",
    "en": "This message was sent automatically. Please do not reply.",
}
_CHOICE = {"zh-Hans": "选择接收哪些通知", "en": "Choose which messages you get"}
_COLON = {"zh-Hans": "：", "en": ": "}
_inliner = css_inline.CSSInliner(keep_style_tags=False, load_remote_stylesheets=False)


@dataclass(frozen=True)
class Content:
    """A rendered message. An SMS has only `text`, its signature included."""

    text: str
    subject: str = ""
    html: str = ""


def values_of(
    facts: Mapping[str, Any],
    language: str,
    zone: ZoneInfo,
    *,
    name: str,
    about_name: str | None,
    links: Mapping[str, str] | None = None,
) -> dict[str, Value]:
    """What the placeholders of a template stand for."""
    return localised(facts, language, zone, name=name, child=about_name, links=links)


def render(
    message: Message, recipient: Contact, about: Contact | None, *, signature: str, zone: ZoneInfo, public_url: str
) -> Content:
    """The content of a message whose notice and template are loaded, as staff may see it: the way to the recipient's
    preferences is theirs alone. `about` is whom it concerns, if not the recipient. Raises MissingValues and
    MalformedTemplate."""
    about_name = about.name if about is not None else None
    values = values_of(
        message.notice.facts, message.language, zone, name=recipient.name, about_name=about_name,
        links=short_links.values(public_url),
    )  # fmt: skip
    return render_text(message.channel, message.language, message.template.subject, message.template.body,
                       values, signature)  # fmt: skip


def render_text(
    channel: str,
    language: str,
    subject: str,
    body: str,
    values: dict[str, Value],
    signature: str,
    preferences: str | None = None,
) -> Content:
    """The content of any template text; for messages and for previews. `preferences` is where the recipient of an
    e-mail chooses what they get; it is for them alone and shown on no page of staff."""
    template = read_template(body)
    if channel == "sms":
        return Content(text=f"【{signature}】{template.render(values, 'sms')}")
    title = read_template(subject).render(values, "header")
    text = _squeezed(template.render(values, "plain"))
    html = _squeezed(template.render(values, "html"))
    footer = f"{signature}\n{_NOTE[language]}\n"
    if preferences is not None:
        footer += f"{_CHOICE[language]}{_COLON[language]}{preferences}\n"
    return Content(text=f"{text}\n\n{footer}", subject=title, html=_page(title, html, language, signature, preferences))


def _squeezed(text: str) -> str:
    """Without the empty lines that conditionals leave."""
    paragraphs = (paragraph.strip("\n") for paragraph in text.strip().split("\n\n"))
    lines = ("\n".join(line for line in paragraph.split("\n") if line.strip()) for paragraph in paragraphs)
    return "\n\n".join(paragraph for paragraph in lines if paragraph)


def _page(title: str, body: str, language: str, signature: str, preferences: str | None) -> str:
    choice = f'<br><a href="{escape(preferences)}">{_CHOICE[language]}</a>' if preferences is not None else ""
    paragraphs = "".join(f"<p>{paragraph}</p>".replace("\n", "<br>") for paragraph in body.split("\n\n"))
    page = _inliner.inline(
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">{_SCHEMES}'
        f'<title>{escape(title)}</title><style>{_STYLE}</style></head><body><div class="mail">'
        f'<div class="sheet" dir="auto"><h1>{escape(title)}</h1>{paragraphs}</div>'
        f'<div class="from"><p><strong>{escape(signature)}</strong><br>{_NOTE[language]}{choice}</p></div>'
        "</div></body></html>"
    )
    return page.replace("</head>", f"<style>{_KEPT_STYLE}</style></head>", 1)


def forced_theme(html: str, theme: str) -> str:
    """An e-mail as it looks in one theme, ``light`` or ``dark``, whatever the reader's system says."""
    query = "@media all" if theme == "dark" else "@media not all"
    return html.replace(_DARK_QUERY, query, 1).replace(_SCHEMES, f'<meta name="color-scheme" content="{theme}">', 1)
