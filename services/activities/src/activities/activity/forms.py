"""Forms of activities. Days and hours are the centre's; the database knows UTC."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    DateTimeLocalField,
    FieldList,
    FormField,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from activities.activity.models import Activity
from activities.activity.rules import KINDS, Need, Plan, SessionPlan
from activities.activity.wording import either, kind_name
from activities.lookups import Resource
from shared.web import EditForm, choices

SPARE_ROWS = 3
MOST_ROWS = 40


class Row(FlaskForm):  # type: ignore[misc]
    """A row of a form: speaks the reader's language as the form does, and has no token of its own."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        csrf = False


class SessionFields(Row):
    """One session. A row without a day is no session."""

    day = DateField(_l("Day"), [Optional()])
    begins = TimeField(_l("From"), [Optional()])
    ends = TimeField(_l("Until"), [Optional()])
    capacity = IntegerField(_l("Places"), [Optional(), NumberRange(1, 10_000)])

    @property
    def given(self) -> bool:
        return any(field.data is not None for field in (self.day, self.begins, self.ends, self.capacity))

    @property
    def complete(self) -> bool:
        return all(field.data is not None for field in (self.day, self.begins, self.ends, self.capacity))


class NeedFields(Row):
    """One room or piece of equipment."""

    resource_code = SelectField(_l("Room or equipment"), default="")
    quantity = IntegerField(_l("Quantity"), [Optional(), NumberRange(1, 1000)])


class ActivityFields:
    """What a new activity and one that is edited have in common."""

    kind = SelectField(_l("Kind"))
    title_zh = StringField(_l("Title in Chinese"), [InputRequired(), Length(max=120)])
    title_en = StringField(
        _l("Title in English"), [Length(max=120)], description=_l("Shown to readers of English; else the Chinese one.")
    )
    bodies = SelectMultipleField(
        _l("Held by"),
        [DataRequired()],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        description=_l("Several bodies hold a joint activity together."),
    )
    description_zh = TextAreaField(_l("Description in Chinese"), [Length(max=4000)])
    description_en = TextAreaField(_l("Description in English"), [Length(max=4000)])
    sessions = FieldList(FormField(SessionFields), label=_l("Sessions"))
    needs = FieldList(FormField(NeedFields), label=_l("What every session needs"))
    venue_zh = StringField(
        _l("Other place (Chinese)"),
        [Length(max=120)],
        description=_l("Only where it needs no room of the centre."),
    )
    venue_en = StringField(_l("Other place (English)"), [Length(max=120)])
    registration_opens_at = DateTimeLocalField(
        _l("Registration opens"), [Optional()], description=_l("Left empty: as soon as it is published.")
    )
    registration_closes_at = DateTimeLocalField(
        _l("Registration closes"), [Optional()], description=_l("Left empty: when the session begins.")
    )
    families_may_be_passed = BooleanField(
        _l("Smaller groups may pass a waiting family"),
        description=_l(
            "A family gets its places together or waits together. Unless this is ticked, nobody passes a family "
            "at the head of the waiting list."
        ),
    )

    def offer(self, bodies: Iterable[str], body_name: Any, resources: Iterable[Resource]) -> None:
        """Fill in what can be chosen, and keep spare rows for more sessions and needs."""
        self.kind.choices = choices((kind, kind_name(kind)) for kind in KINDS)
        self.bodies.choices = choices((body, body_name(body)) for body in bodies)
        _spare(self.sessions, lambda row: row.form.given)
        _spare(self.needs, lambda row: bool(row.form.resource_code.data))
        known = [(one.code, either(one.name_zh, one.name_en)) for one in resources if one.active]
        codes = {code for code, _ in known}
        for row in self.needs:
            chosen = row.form.resource_code.data
            other = [(chosen, chosen)] if chosen and chosen not in codes else []
            row.form.resource_code.choices = choices([("", gettext("Nothing")), *known, *other])

    def plan(self, zone: ZoneInfo) -> Plan | None:
        """What was filled in; None, with errors at the rows, when a session was only half filled in."""
        rows = [row.form for row in self.sessions if row.form.given]
        for row in rows:
            if not row.complete:
                row.day.errors = [*row.day.errors, gettext("A session needs its day, both times and its places.")]
        if not all(row.complete for row in rows):
            self.form_errors = [*self.form_errors, gettext("A session needs its day, both times and its places.")]
            return None
        return Plan(
            kind=self.kind.data,
            title_zh=self.title_zh.data or "",
            title_en=self.title_en.data or "",
            description_zh=self.description_zh.data or "",
            description_en=self.description_en.data or "",
            venue_zh=self.venue_zh.data or "",
            venue_en=self.venue_en.data or "",
            bodies=tuple(self.bodies.data or ()),
            sessions=tuple(
                SessionPlan(
                    moment(row.day.data, row.begins.data, zone),
                    moment(row.day.data, row.ends.data, zone),
                    row.capacity.data,
                )
                for row in rows
            ),
            needs=tuple(
                Need(row.form.resource_code.data, row.form.quantity.data or 1)
                for row in self.needs
                if row.form.resource_code.data
            ),
            registration_opens_at=aware(self.registration_opens_at.data, zone),
            registration_closes_at=aware(self.registration_closes_at.data, zone),
            families_may_be_passed=bool(self.families_may_be_passed.data),
        )


class ActivityForm(ActivityFields, FlaskForm):  # type: ignore[misc]
    """Planning a new one."""


class ActivityEditForm(ActivityFields, EditForm):
    """Changing one that others may change at the same time."""


class ReasonForm(FlaskForm):  # type: ignore[misc]
    reason = TextAreaField(
        _l("Reason"),
        [InputRequired(), Length(max=400)],
        description=_l("It is kept with the activity and shown on its page."),
    )


class CapacityForm(EditForm):
    """Its version is the number of places itself: nothing else of a session is changed here."""

    capacity = IntegerField(_l("Places"), [InputRequired()])


class MovedFields(Row):
    session_id = HiddenField()
    day = DateField(_l("Day"), [InputRequired()])
    begins = TimeField(_l("From"), [InputRequired()])
    ends = TimeField(_l("Until"), [InputRequired()])


class MoveForm(EditForm):
    sessions = FieldList(FormField(MovedFields), label=_l("Sessions"))

    def times(self, zone: ZoneInfo) -> dict[UUID, tuple[datetime, datetime]]:
        return {
            UUID(row.form.session_id.data): (
                moment(row.form.day.data, row.form.begins.data, zone),
                moment(row.form.day.data, row.form.ends.data, zone),
            )
            for row in self.sessions
        }


def values_of(activity: Activity, zone: ZoneInfo) -> dict[str, Any]:
    """An activity as the form shows it."""
    plan = activity.plan()
    values: dict[str, Any] = {
        name: getattr(plan, name)
        for name in Plan.__dataclass_fields__
        if name not in ("sessions", "needs", "bodies", "registration_opens_at", "registration_closes_at")
    }
    return {
        **values,
        "bodies": list(plan.bodies),
        "sessions": [{**_local(one.starts_at, one.ends_at, zone), "capacity": one.capacity} for one in plan.sessions],
        "needs": [{"resource_code": need.resource_code, "quantity": need.quantity} for need in plan.needs],
        "registration_opens_at": _naive(plan.registration_opens_at, zone),
        "registration_closes_at": _naive(plan.registration_closes_at, zone),
        "version": activity.version,
    }


def times_of(activity: Activity, zone: ZoneInfo) -> list[Mapping[str, Any]]:
    """The sessions as the form for moving shows them."""
    return [{"session_id": str(one.id), **_local(one.starts_at, one.ends_at, zone)} for one in activity.sessions]


def moment(day: date, hour: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, hour, tzinfo=zone)


def aware(naive: datetime | None, zone: ZoneInfo) -> datetime | None:
    return naive.replace(tzinfo=zone) if naive else None


def _naive(at: datetime | None, zone: ZoneInfo) -> datetime | None:
    return at.astimezone(zone).replace(tzinfo=None) if at else None


def _local(starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> dict[str, Any]:
    begins, ends = starts_at.astimezone(zone), ends_at.astimezone(zone)
    return {"day": begins.date(), "begins": begins.time(), "ends": ends.time()}


def _spare(rows: Any, used: Any) -> None:
    free = sum(not used(row) for row in rows)
    while free < SPARE_ROWS and len(rows) < MOST_ROWS:
        rows.append_entry()
        free += 1
