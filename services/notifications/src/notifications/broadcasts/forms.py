"""The form of a broadcast: own texts, or the values of a template."""

from typing import Any
from uuid import UUID

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import BooleanField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Optional

from notifications.audiences.models import KnownActivity
from notifications.audiences.queries import activities_for, organisations_for, people_named, shifts_for
from notifications.broadcasts.models import Broadcast
from notifications.broadcasts.queries import named_with_time
from notifications.broadcasts.words import in_reader_language, placeholder_word
from notifications.contacts.models import Contact
from notifications.messages.rules import CHANNELS
from notifications.messages.words import CATEGORIES
from notifications.preferences.rules import AFFAIRS, ANNOUNCEMENTS
from shared.refusal import Reason, Refused
from shared.runtime import Runtime
from shared.texts import N_
from shared.web import EditForm, body_choices, choices, principal

_SHORT = {"zh": "zh-Hans", "en": "en"}
_KINDS = (
    ("organisation", N_("Members of an organisation")),
    ("activity", N_("Those registered for an activity")),
    ("shift", N_("Those on duty in a shift")),
    ("people", N_("People that I name")),
)


class BroadcastForm(EditForm):
    body = SelectField(_l("Owning body"), description=_l("Staff of other bodies do not see it."))
    title = StringField(_l("Title"), [InputRequired()], description=_l("For staff. Recipients do not see it."))
    audience = RadioField(_l("Who gets it"))
    organisation_id = SelectField(_l("Organisation"))
    below = BooleanField(_l("Also members of those below it"))
    activity_id = SelectField(_l("Activity"))
    waiting = BooleanField(_l("Also those on the waiting list"))
    shift_id = SelectField(_l("Shift"))
    people = TextAreaField(_l("People"), description=_l("One a line: a name, or a telephone number."))
    sms = BooleanField(_l("SMS"))
    email = BooleanField(_l("E-mail"))
    category = SelectField(
        _l("Kind of news"),
        description=_l("Announcements do not reach those who switched them off. What concerns an activity or "
                       "a shift reaches all who are on its list."),
    )  # fmt: skip
    kept_hours = IntegerField(
        _l("Worth sending for"), [Optional()], description=_l("Hours. What was not sent by then expires.")
    )


class OwnTextForm(BroadcastForm):
    sms_zh = TextAreaField(_l("SMS in Chinese"), description=_l("((name)) stands for the recipient's name."))
    sms_en = TextAreaField(_l("SMS in English"), description=_l("Empty: those who read English get Chinese."))
    subject_zh = StringField(_l("Subject in Chinese"))
    email_zh = TextAreaField(_l("E-mail in Chinese"))
    subject_en = StringField(_l("Subject in English"))
    email_en = TextAreaField(_l("E-mail in English"))


class ReasonForm(FlaskForm):  # type: ignore[misc]
    reason = TextAreaField(_l("Reason"), [InputRequired()])


def form_for(
    session: Session,
    runtime: Runtime,
    broadcast: Broadcast | None,
    names: list[str] | None,
    needed: set[str],
    *,
    fresh: bool = False,
) -> Any:
    """The form with its choices; `names` are the placeholders of the template, None for own texts.

    `fresh`: as the broadcast stands, whatever this request sent.
    """
    kind = OwnTextForm if names is None else _template_form(names, needed)
    data = _data(session, broadcast, names) if broadcast is not None else _empty()
    form = kind(None, data=data) if fresh else kind(data=data)
    form.body.choices = body_choices(principal().bodies("officer"))
    if broadcast is not None:
        del form.body
    form.audience.choices = choices([(kind_, gettext(text)) for kind_, text in _KINDS])
    organisations = [(str(one.organisation_id), in_reader_language({"zh": one.name_zh, "en": one.name_en}))
                     for one in organisations_for(session, principal())]  # fmt: skip
    form.organisation_id.choices = choices([("", "—"), *organisations])
    form.activity_id.choices = choices([("", "—"), *_activities(session, runtime)])
    form.shift_id.choices = choices([("", "—"), *_shifts(session, runtime)])
    form.category.choices = choices([(name, gettext(CATEGORIES[name])) for name in (ANNOUNCEMENTS, AFFAIRS)])
    return form


def _activities(session: Session, runtime: Runtime) -> list[tuple[str, str]]:
    found: list[KnownActivity] = activities_for(session, principal(), runtime.clock())
    return [(str(one.activity_id), in_reader_language({"zh": one.title_zh, "en": one.title_en})) for one in found]


def _shifts(session: Session, runtime: Runtime) -> list[tuple[str, str]]:
    """Shifts to come, with their times."""
    zone = runtime.settings.time_zone
    found = shifts_for(session, principal(), runtime.clock())
    return [(str(one.shift_id), in_reader_language(named_with_time(one, zone))) for one in found]


def _template_form(names: list[str], needed: set[str]) -> type[BroadcastForm]:
    fields: dict[str, Any] = {}
    for name in names:
        word = placeholder_word(name)
        validators = [InputRequired()] if name in needed else []
        fields[f"value_{name}"] = TextAreaField(gettext("%(name)s in Chinese", name=word), validators)
        fields[f"value_{name}_en"] = TextAreaField(gettext("%(name)s in English", name=word))
    return type("TemplateForm", (BroadcastForm,), fields)


def _empty() -> dict[str, Any]:
    return {"audience": "organisation", "sms": True, "email": True, "category": ANNOUNCEMENTS, "kept_hours": 72}


def _data(session: Session, broadcast: Broadcast, names: list[str] | None) -> dict[str, Any]:
    audience = broadcast.audience
    data: dict[str, Any] = {
        "version": broadcast.version,
        "title": broadcast.title,
        "audience": audience["kind"],
        "category": broadcast.category,
        "kept_hours": broadcast.kept_hours,
        **{channel: channel in broadcast.channels for channel in CHANNELS},
        **{name: audience.get(name) or "" for name in ("organisation_id", "activity_id", "shift_id")},
        **{name: bool(audience.get(name)) for name in ("below", "waiting")},
        "people": "\n".join(_lines(session, audience.get("person_ids") or ())),
    }
    for short, language in _SHORT.items():
        texts = broadcast.texts.get(language, {})
        data |= {f"{name}_{short}": texts.get(name, "") for name in (*CHANNELS, "subject")}
    for name in names or ():
        value = broadcast.values.get(name) or {}
        data |= {f"value_{name}": value.get("zh", ""), f"value_{name}_en": value.get("en", "")}
    return data


def _lines(session: Session, ids: Any) -> list[str]:
    """People as they can be typed again: by telephone number where the name alone fits several."""
    lines = []
    for one in ids:
        contact = session.get(Contact, UUID(one))
        if contact is None:
            continue
        [(_, fitting)] = people_named(session, [contact.name])
        lines.append(contact.name if len(fitting) == 1 or not contact.phone else contact.phone)
    return lines


def plan_from(session: Session, form: Any, template_key: str | None) -> dict[str, Any]:
    """What the commands take. Refused where a line of people fits nobody, or several."""
    kind = form.audience.data
    audience: dict[str, Any] = {"kind": kind}
    if kind == "organisation":
        audience |= {"organisation_id": form.organisation_id.data, "below": form.below.data}
    elif kind == "activity":
        audience |= {"activity_id": form.activity_id.data, "waiting": form.waiting.data}
    elif kind == "shift":
        audience["shift_id"] = form.shift_id.data
    elif kind == "people":
        audience["person_ids"] = _people(session, form.people.data or "")
    plan = {
        "title": form.title.data or "",
        "audience": audience,
        "channels": [channel for channel in CHANNELS if form[channel].data],
        "category": form.category.data,
        "kept_hours": form.kept_hours.data or 0,
        "template_key": template_key,
    }
    if template_key is None:
        texts = {
            language: {name: form[f"{name}_{short}"].data or "" for name in (*CHANNELS, "subject")}
            for short, language in _SHORT.items()
        }
        return {**plan, "texts": texts}
    names = [name.removeprefix("value_") for name in form._fields if name.startswith("value_")]
    values = {
        name: {"zh": form[f"value_{name}"].data or "", "en": form[f"value_{name}_en"].data or ""}
        for name in names
        if f"{name}_en" in names
    }
    return {**plan, "values": values}


def _people(session: Session, text: str) -> list[UUID]:
    found, reasons = [], []
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for line, fitting in people_named(session, lines):
        if len(fitting) == 1:
            found.append(fitting[0])
        elif fitting:
            text = N_("“%(line)s” fits several people. Give the telephone number instead.")
            reasons.append(Reason("person-ambiguous", text, "people", {"line": line}))
        else:
            reasons.append(Reason("person-unknown", N_("Nobody is known as “%(line)s”."), "people", {"line": line}))
    if reasons:
        raise Refused.many(reasons)
    return found
