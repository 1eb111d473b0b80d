"""What a message says: rendered from its pinned template version, its notice's facts and the people's names."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

import css_inline

from notifications.contacts.models import Contact
from notifications.messages.models import Message
from notifications.wording.rendering import Value, read_template
from notifications.wording.values import localised

_STYLE = """
body { margin: 0; padding: 24px 12px; background: #faf7f2; color: #22201c; }
.sheet { max-width: 560px; margin: 0 auto; padding: 24px 28px; background: #ffffff; border-radius: 6px; }
.sheet { border-top: 4px solid #b3321c; }
.sheet { font: 16px/1.7 "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; }
p { margin: 0 0 16px; }
.from a { color: #6a6459; }
.from { margin: 16px auto 0; max-width: 560px; color: #6a6459; font: 13px/1.6 sans-serif; }
"""
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
    facts: Mapping[str, Any], language: str, zone: ZoneInfo, *, name: str, about_name: str | None
) -> dict[str, Value]:
    """What the placeholders of a template stand for."""
    return localised(facts, language, zone, name=name, child=about_name)


def render(message: Message, recipient: Contact, about: Contact | None, *, signature: str, zone: ZoneInfo) -> Content:
    """The content of a message whose notice and template are loaded. `about` is whom it concerns, if not the
    recipient. Raises MissingValues and MalformedTemplate."""
    about_name = about.name if about is not None else None
    values = values_of(message.notice.facts, message.language, zone, name=recipient.name, about_name=about_name)
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
    return _inliner.inline(
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f'<meta name="color-scheme" content="light dark"><title>{escape(title)}</title>'
        f'<style>{_STYLE}</style></head><body><div class="sheet">{paragraphs}</div>'
        f'<p class="from">{escape(signature)}<br>{_NOTE[language]}{choice}</p></body></html>'
    )
