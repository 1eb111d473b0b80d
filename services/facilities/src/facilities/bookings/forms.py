"""Forms of the booking pages. Days and times are those of the centre's wall clock."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, IntegerField, SelectField, StringField, TextAreaField, TimeField
from wtforms.validators import InputRequired, Length, NumberRange
from wtforms.validators import Optional as OptionalInput

from shared.web import EditForm


class BookingForm(FlaskForm):  # type: ignore[misc]
    day = DateField(_l("Day"), [InputRequired()])
    starts_at = TimeField(_l("From"), [InputRequired()])
    ends_at = TimeField(_l("Until"), [InputRequired()])
    resource = SelectField(_l("Room"), validate_choice=True)
    pool = SelectField(_l("Equipment or books"), validate_choice=True)
    quantity = IntegerField(_l("How many of it"), [OptionalInput(), NumberRange(1, 1_000_000)])
    title = StringField(
        _l("What for"),
        [OptionalInput(), Length(max=200)],
        description=_l("Everybody at the desk reads this. For a confidential room nothing is kept but the time."),
    )
    people = IntegerField(_l("People"), [OptionalInput(), NumberRange(1, 100_000)])
    body = SelectField(_l("For which body"))
    person = StringField(
        _l("Who books"),
        [OptionalInput(), Length(max=120)],
        description=_l("The name of a registered person, who then gets the confirmation."),
    )
    confidential = BooleanField(_l("Show only “Busy”"))


class MoveForm(EditForm):
    day = DateField(_l("Day"), [InputRequired()])
    starts_at = TimeField(_l("From"), [InputRequired()])
    ends_at = TimeField(_l("Until"), [InputRequired()])
    resource = SelectField(_l("Room"))


class CancelForm(FlaskForm):  # type: ignore[misc]
    reason = TextAreaField(_l("Reason"), [OptionalInput(), Length(max=500)])


class RefuseForm(FlaskForm):  # type: ignore[misc]
    reason = TextAreaField(_l("Reason"), [InputRequired(), Length(max=500)])
