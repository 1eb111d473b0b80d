"""Forms of the roster's pages. Days and times are those of the centre's wall clock."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.validators import InputRequired, Length, NumberRange
from wtforms.validators import Optional as OptionalInput
from wtforms.widgets import CheckboxInput, ListWidget

from facilities.roster.roles import ROLES
from facilities.roster.rules import MOST_PEOPLE
from shared.web import EditForm


def _field(prefix: str, role: str) -> str:
    return f"{prefix}_{role.replace('-', '_')}"


def with_needs(form: type[Any]) -> type[Any]:
    """Give a form a number of people for each role."""
    for role in ROLES.values():
        number = IntegerField(role.name, [OptionalInput(), NumberRange(0, MOST_PEOPLE)])
        setattr(form, _field("need", role.code), number)
    return form


def with_turns(form: type[Any]) -> type[Any]:
    """Give a form a list of names for each role."""
    for role in ROLES.values():
        setattr(form, _field("turn", role.code), TextAreaField(role.name, [OptionalInput(), Length(max=2000)]))
    return form


def needs_in(form: Any) -> dict[str, int]:
    found = {role: form[_field("need", role)].data or 0 for role in ROLES}
    return {role: people for role, people in found.items() if people}


def need_fields(form: Any) -> list[Any]:
    return [form[_field("need", role)] for role in ROLES]


def turn_fields(form: Any) -> list[Any]:
    return [form[_field("turn", role)] for role in ROLES]


def names_in_turn(form: Any) -> dict[str, list[str]]:
    lines = {role: (form[_field("turn", role)].data or "").splitlines() for role in ROLES}
    return {role: [line.strip() for line in names if line.strip()] for role, names in lines.items()}


def needs_as_data(wanted: Mapping[str, int]) -> dict[str, int]:
    return {_field("need", role): people for role, people in wanted.items()}


@with_needs
class ShiftForm(EditForm):
    title_zh = StringField(
        _l("Name in Chinese"), [OptionalInput(), Length(max=120)], description=_l("One of the two names is enough.")
    )
    title_en = StringField(_l("Name in English"), [OptionalInput(), Length(max=120)])
    day = DateField(_l("Day"), [InputRequired()])
    starts_at = TimeField(_l("From"), [InputRequired()])
    ends_at = TimeField(_l("Until"), [InputRequired()], description=_l("A time that is not later is on the next day."))
    resource = SelectField(_l("Room"))
    place_zh = StringField(_l("Place in Chinese"), [OptionalInput(), Length(max=120)])
    place_en = StringField(_l("Place in English"), [OptionalInput(), Length(max=120)])
    body = SelectField(_l("For which body"))


@with_turns
class SeriesForm(ShiftForm):
    weeks = IntegerField(_l("For how many weeks"), [InputRequired(), NumberRange(1, 52)])
    weekdays = SelectMultipleField(
        _l("On which days"),
        [InputRequired()],
        coerce=int,
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )
    skip_conflicts = BooleanField(_l("Plan what is possible and list what was skipped"))


class CancelShiftForm(FlaskForm):  # type: ignore[misc]
    reason = TextAreaField(_l("Reason"), [OptionalInput(), Length(max=500)])


class AssignForm(FlaskForm):  # type: ignore[misc]
    person = SelectField(_l("Who"))
    role = SelectField(_l("What as"))


class SwapForm(FlaskForm):  # type: ignore[misc]
    person = SelectField(_l("Who takes over"))
    for_duty = SelectField(_l("In exchange for"), description=_l("Or nothing: the other person just takes over."))


class MemberForm(FlaskForm):  # type: ignore[misc]
    person = StringField(
        _l("Who"), [InputRequired(), Length(max=120)], description=_l("The name of a registered person.")
    )
    roles = SelectMultipleField(
        _l("What they can do"), option_widget=CheckboxInput(), widget=ListWidget(prefix_label=False)
    )
    account = SelectField(_l("Signs in as"), description=_l("Then they can sign up and swap themselves."))
    active = BooleanField(_l("Belongs to the team"), default=True)
