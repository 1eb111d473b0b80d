"""The mailbox's three pages: messages, one message, faults. In English and Chinese."""

import time
from importlib import resources
from typing import Any

from babel.messages.pofile import read_po
from jinja2 import Environment, PackageLoader

from notifications.mailbox.faults import KINDS
from notifications.mailbox.listing import as_json
from notifications.mailbox.store import Store


class Pages:
    """Renders pages as text; `None` where the message does not exist."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._environment = Environment(
            loader=PackageLoader("notifications.mailbox"), autoescape=True, extensions=["jinja2.ext.i18n"]
        )
        self._chinese = _chinese()

    def _render(self, name: str, language: str, **values: Any) -> str:
        words = self._chinese if language == "zh" else {}
        template = self._environment.get_template(name)
        return template.render(
            _=lambda text: words.get(text, text), language=language, newest=self._store.newest(), **values
        )

    def messages(self, query: dict[str, str], language: str) -> str:
        channel = query.get("channel", "")
        to, text = query.get("to", ""), query.get("text", "")
        found = self._store.messages(to=to, channel=channel, text=text)
        return self._render(
            "messages.html", language, messages=found, to=to, channel=channel, text=text,
            faults=len(self._store.faults()),
        )  # fmt: skip

    def message(self, number: int, language: str, answered: str = "") -> str | None:
        kept = self._store.message(number)
        if kept is None:
            return None
        raw = kept.raw.decode("utf-8", "replace")
        return self._render("message.html", language, message=as_json(kept, whole=True), raw=raw, answered=answered)

    def mail_html(self, number: int) -> str | None:
        kept = self._store.message(number)
        if kept is None or kept.channel != "email":
            return None
        return str(as_json(kept, whole=True)["html"])

    def faults(self, language: str) -> str:
        now = time.time()
        listed = [(fault, None if fault.until is None else max(0, round(fault.until - now)))
                  for fault in self._store.faults()]  # fmt: skip
        return self._render("faults.html", language, kinds=KINDS, faults=listed, receivers=self._store.receivers())


def _chinese() -> dict[str, str]:
    catalogue = resources.files("notifications").joinpath("translations/zh_Hans/LC_MESSAGES/messages.po")
    with catalogue.open("rb") as file:
        return {str(entry.id): str(entry.string) for entry in read_po(file) if entry.id and entry.string}
