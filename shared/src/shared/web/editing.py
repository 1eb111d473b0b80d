"""Forms that change something which somebody else may change at the same time.

An :class:`EditForm` remembers the version that it was opened with and what stood in its fields. When the command says
``Stale``, :func:`stale_page` shows, field by field, what stood there, what was saved in the meantime and what was
typed; the person chooses, and the same form goes on with the choice. Nothing typed is lost on the way.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from typing import Any

from flask import render_template, request
from flask_babel import gettext
from flask_wtf import FlaskForm
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from wtforms import Field, FieldList, FormField, HiddenField

from shared.database.tables import AuditRow

TAKE = "take-"
"""Beginning of the names of the choices on the page of a stale edit; their values are ``theirs`` and ``mine``."""
UNDECIDED = "undecided"
Values = dict[str, list[str]]


class _Seen(HiddenField):  # type: ignore[misc]
    """What stood in the form when it was opened."""

    def _value(self) -> str:
        return str(self.data) if self.data else json.dumps(self.of.values(), ensure_ascii=False)


class EditForm(FlaskForm):  # type: ignore[misc]
    """Open it with ``data`` or ``obj`` that has a ``version``; hand ``sent_version`` to the command."""

    version = HiddenField()
    seen = _Seen()

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            found = super().wrap_formdata(form, formdata)
            return found if found is None else settled(found)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.seen.of = self

    @property
    def sent_version(self) -> int:
        """The version that was looked at; one that is never current while a choice is still to be made."""
        chosen = [name for name in request.form.getlist(UNDECIDED) if request.form.get(TAKE + name)]
        open_still = len(chosen) < len(request.form.getlist(UNDECIDED))
        text = str(self.version.data or "")
        return int(text) if text.isdecimal() and not open_still else -1

    def units(self) -> Iterator[Field]:
        """The fields that a person compares: a list of rows is one of them."""
        return (one for one in self if getattr(one.widget, "input_type", "") not in ("hidden", "password", "file"))

    def values(self) -> dict[str, Values]:
        """What the form would send, by unit; empty rows of a list count for nothing."""
        return {unit.name: dict(_sent(unit)) for unit in self.units()}


@dataclass(frozen=True)
class Difference:
    """A field in which what was saved meanwhile is not what was typed. ``both``: this person changed it, too."""

    name: str
    label: str
    was: str
    theirs: str
    mine: str
    both: bool
    take: str | None


def settled(sent: Any) -> Any:
    """What was sent, with every choice of the page of a stale edit carried out."""
    theirs = [key.removeprefix(TAKE) for key, value in sent.items() if key.startswith(TAKE) and value == "theirs"]
    if not theirs:
        return sent
    seen = _decoded(sent.get("seen"))
    result: MultiDict[str, str] = MultiDict(sent.items(multi=True))
    for unit in theirs:
        for key in [key for key in result if key == unit or key.startswith(f"{unit}-")]:
            result.poplist(key)
        for key, values in seen.get(unit, {}).items():
            result.setlist(key, values)
    return result


def stale_page(form: EditForm, current: EditForm, session: Session, *, subject: str, back: str) -> tuple[str, int]:
    """Both versions side by side, with a choice for each field that differs. Answers 409.

    ``current`` is the same form made of what is stored now (``formdata=None``, choices set); ``subject`` is what the
    audit trail calls the thing, so that the page can say who saved; ``back`` leads to it without saving.
    """
    changed = session.scalars(select(AuditRow).where(AuditRow.subject == subject).order_by(AuditRow.id.desc())).first()
    keep = {name for unit in form.units() for name, _ in _sent(unit)}
    typed = [(name, value) for name, value in request.form.items(multi=True) if _is_typed(name, form) or name in keep]
    page = render_template(
        "kit/stale.html",
        form=form,
        current=current,
        differences=differences(form, current),
        typed=typed,
        changed=changed,
        back=back,
        take=TAKE,
        undecided=UNDECIDED,
    )
    return page, 409


def differences(form: EditForm, current: EditForm) -> list[Difference]:
    """In the order of the form. What only one of the two changed is taken from there, until the person says else."""
    seen = _decoded(form.seen.data)
    undecided = request.form.getlist(UNDECIDED)
    found = []
    for unit in form.units():
        other = current[unit.name]
        mine, theirs = dict(_sent(unit)), dict(_sent(other))
        if list(mine.values()) == list(theirs.values()):
            continue
        was = seen.get(unit.name, {})
        both = unit.name in undecided or (was not in (mine, theirs))
        take = request.form.get(TAKE + unit.name) if both else "theirs" if mine == was else "mine"
        found.append(
            Difference(
                unit.name,
                str(unit.label.text),
                _shown(other, was),
                _shown(other, theirs),
                _shown(unit, mine),
                both,
                take,
            )
        )
    return found


def _is_typed(name: str, form: EditForm) -> bool:
    """Whether a sent value belongs to a field that a person fills in."""
    return any(name == unit.name or name.startswith(f"{unit.name}-") for unit in form.units())


def _decoded(text: Any) -> dict[str, Values]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _sent(field: Field) -> Iterator[tuple[str, list[str]]]:
    """Names and values with which a browser sends a field."""
    if isinstance(field, FieldList):
        for entry in field:
            row = list(_sent(entry))
            if any(value for _, values in row for value in values):
                yield from row
    elif isinstance(field, FormField):
        for one in field.form:
            if one.type != "CSRFTokenField":
                yield from _sent(one)
    elif getattr(field.widget, "input_type", "") == "checkbox" and not hasattr(field, "choices"):
        yield field.name, ["y"] if field.data else []
    elif hasattr(field, "choices"):
        data = field.data if isinstance(field.data, (list, tuple)) else [] if field.data is None else [field.data]
        yield field.name, [str(value) for value in data]
    else:
        yield field.name, [_text(field)]


def _text(field: Field) -> str:
    """One spelling for one value, however a browser spelled it."""
    data = field.data
    if isinstance(data, datetime):
        return data.isoformat("T", "minutes")
    if isinstance(data, time):
        return data.isoformat("minutes")
    if isinstance(data, Decimal) and data.is_finite() and data == round(data, 2):
        return f"{data:.2f}"
    return str(field._value() or "").replace("\r\n", "\n")


def _shown(field: Field, values: Values) -> str:
    """Values of a unit for people: words of choices, yes and no, a line for each row of a list or group of fields."""
    if isinstance(field, FieldList):
        return "\n".join(_row(field, number, values) for number in _numbers(field, values))
    if isinstance(field, FormField):
        return " · ".join(said for part in field.form if (said := _words(part, values.get(part.name, []))))
    return _words(field, values.get(field.name, []))


def _numbers(field: FieldList, values: Values) -> Sequence[str]:
    return list(dict.fromkeys(name[len(field.name) + 1 :].partition("-")[0] for name in values))


def _row(field: FieldList, number: str, values: Values) -> str:
    first = field[0] if len(field) else None
    parts = []
    for name, sent in values.items():
        prefix = f"{field.name}-{number}-"
        if name.startswith(prefix):
            sub = first.form[name.removeprefix(prefix)] if first is not None else None
            if sub is not None and getattr(sub.widget, "input_type", "") != "hidden":
                parts.append(_words(sub, sent))
    return " · ".join(part for part in parts if part)


def _words(field: Field, values: Sequence[str]) -> str:
    if getattr(field.widget, "input_type", "") == "checkbox" and not hasattr(field, "choices"):
        return str(gettext("Yes") if values else gettext("No"))
    if hasattr(field, "choices"):
        names = {str(choice.value): str(choice.label) for choice in field.iter_choices()}
        return str(gettext(", ")).join(names.get(value, value) for value in values)
    return values[0] if values else ""
