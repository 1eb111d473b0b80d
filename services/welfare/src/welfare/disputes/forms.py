"""The forms of disputes."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, RadioField, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length

from welfare.confidential.texts import LONGEST

_SEALED = _l("Confidential: sealed, for officers of this body alone, and each reading is noted.")


def sealed_field(label: object) -> TextAreaField:
    """A text that is sealed."""
    return TextAreaField(label, [Length(max=LONGEST)], description=_SEALED, render_kw={"rows": 6})


class DisputeForm(FlaskForm):  # type: ignore[misc]
    body = SelectField(_l("Body"), [InputRequired()])
    kind = RadioField(_l("About"), [InputRequired()])
    opened_on = DateField(_l("Taken up on"), [InputRequired()])
    matter = sealed_field(_l("What it is about"))


class SessionForm(FlaskForm):  # type: ignore[misc]
    held_on = DateField(_l("Held on"), [InputRequired()])
    note = sealed_field(_l("What was said"))


class SettleForm(FlaskForm):  # type: ignore[misc]
    closed_on = DateField(_l("Day of the agreement"), [InputRequired()])
    terms = sealed_field(_l("What was agreed"))


class GiveUpForm(FlaskForm):  # type: ignore[misc]
    closed_on = DateField(_l("Mediation ended on"), [InputRequired()])
