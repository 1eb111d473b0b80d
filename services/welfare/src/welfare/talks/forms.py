"""The forms of talks. Times are written in the centre's zone."""

from datetime import datetime
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, RadioField, SelectField, TextAreaField
from wtforms.fields import DateTimeLocalField, IntegerField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from shared.web import EditForm
from welfare.confidential.texts import LONGEST

_SEALED = _l("Confidential: sealed, for officers of this body alone, and each reading is noted.")


class TimeFields:
    starts_at = DateTimeLocalField(_l("Begins"), [InputRequired()], format="%Y-%m-%dT%H:%M")
    minutes = IntegerField(_l("Minutes"), [InputRequired(), NumberRange(5, 240)], default=45)


class MoveForm(TimeFields, EditForm):
    """Another time for a talk that others may move at the same time."""


class TalkForm(TimeFields, FlaskForm):  # type: ignore[misc]
    body = SelectField(_l("Body"), [InputRequired()])
    officer_id = SelectField(_l("Who receives"), [InputRequired()])


class HoldForm(FlaskForm):  # type: ignore[misc]
    outcome = RadioField(_l("What came of it"), [InputRequired()])
    note = TextAreaField(_l("Note"), [Length(max=LONGEST)], description=_SEALED, render_kw={"rows": 8})
    follow_up_on = DateField(_l("Look at it again on"), [Optional()])


class HeldTalkForm(TalkForm, HoldForm):
    """A talk that was held without an appointment."""


def in_zone(moment: datetime, zone: ZoneInfo) -> datetime:
    """What somebody typed, as a moment."""
    return moment.replace(tzinfo=zone)
