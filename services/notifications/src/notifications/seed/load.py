"""Loading the first rules and templates. What staff changed since stays as it is."""

from importlib import resources
from typing import Any

import yaml
from sqlalchemy import select

from notifications.preferences.rules import AFFAIRS
from notifications.reminders.models import ReminderRule
from notifications.rules.models import Rule
from notifications.wording.models import TemplateVersion
from shared.database import UnitOfWork, dialect_of, insert_on
from shared.identifiers import new_id

_TEXTS = (
    *("templates.yaml", "further_templates.yaml", "party_templates.yaml", "duty_templates.yaml"),
    *("reminder_templates.yaml", "digest_templates.yaml", "staff_templates.yaml", "preferences.yaml"),
)


def load_seed(work: UnitOfWork) -> int:
    """Add the packaged rules and templates that the database does not know yet; returns how many."""
    return _load_rules(work) + _load_reminder_rules(work) + _load_templates(work)


def _insert_new(work: UnitOfWork, model: type[Any], unique: list[str], values: dict[str, Any]) -> int:
    """Insert unless somebody did already, also at the same moment."""
    insert = insert_on(dialect_of(work.session))
    statement = insert(model).values(**values).on_conflict_do_nothing(index_elements=unique)
    added = work.session.execute(statement.returning(model.id)).first()
    return int(added is not None)


def _load_rules(work: UnitOfWork) -> int:
    known = set(work.session.scalars(select(Rule.key)))
    return sum(
        _insert_new(
            work,
            Rule,
            ["key"],
            {
                "id": new_id(),
                "key": entry["key"],
                "event_type": entry["event"],
                "condition": entry.get("condition", {}),
                "template_key": entry["template"],
                "channels": entry.get("channels", ["sms", "email"]),
                "lane": entry.get("lane", "normal"),
                "passes_quiet_hours": entry.get("passes_quiet_hours", False),
                "fresh_hours": entry.get("fresh_hours", 48),
                "longest_hours": entry.get("longest_hours", 72),
                "category": entry.get("category", AFFAIRS),
                "audience": entry.get("audience", "person"),
                "active": "audience" not in entry and entry.get("in_use", True),
                "switched_on": "audience" in entry and entry.get("in_use", True),
                "version": 1,
                "updated_at": work.now,
            },
        )
        for entry in _packaged("rules.yaml")
        if entry["key"] not in known
    )


def _load_reminder_rules(work: UnitOfWork) -> int:
    known = set(work.session.scalars(select(ReminderRule.key)))
    return sum(
        _insert_new(
            work,
            ReminderRule,
            ["key"],
            {
                "id": new_id(),
                "key": entry["key"],
                "kind": entry["kind"],
                "minutes_before": entry["minutes_before"],
                "apart_minutes": entry["apart_minutes"],
                "template_key": entry["template"],
                "channels": entry.get("channels", ["sms", "email"]),
                "lane": entry.get("lane", "normal"),
                "passes_quiet_hours": entry.get("passes_quiet_hours", False),
                "category": AFFAIRS,
                "active": True,
                "since": work.now,
                "version": 1,
            },
        )
        for entry in _packaged("reminder_rules.yaml")
        if entry["key"] not in known
    )


def _load_templates(work: UnitOfWork) -> int:
    known = {
        (row.key, row.channel, row.language)
        for row in work.session.execute(select(TemplateVersion.key, TemplateVersion.channel, TemplateVersion.language))
    }
    return sum(
        _insert_new(
            work,
            TemplateVersion,
            ["key", "channel", "language", "version"],
            {
                "id": new_id(),
                "key": key,
                "channel": channel,
                "language": language,
                "version": 1,
                "subject": texts["subject"] if channel == "email" else "",
                "body": texts[channel].strip(),
                "created_at": work.now,
                "created_by": "Yizhan",
            },
        )
        for key, languages in _texts().items()
        for language, texts in languages.items()
        for channel in ("sms", "email")
        if channel in texts and (key, channel, language) not in known
    )


def _texts() -> dict[str, Any]:
    """The texts of all files by template, language and channel."""
    texts: dict[str, Any] = {}
    for name in _TEXTS:
        texts |= _packaged(name)
    return texts


def _packaged(name: str) -> Any:
    return yaml.safe_load(resources.files("notifications.seed").joinpath(name).read_text("utf-8"))
