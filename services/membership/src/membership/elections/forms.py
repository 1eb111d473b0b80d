"""Forms about terms and elections."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    DateField,
    FieldList,
    Form,
    FormField,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

PLACES = 9
"""How many candidates the form has room for."""


class TermForm(FlaskForm):  # type: ignore[misc]
    started_on = DateField(_l("In office since"), [InputRequired()])
    years = SelectField(_l("Years of the term"))


class PostponeForm(FlaskForm):  # type: ignore[misc]
    version = HiddenField()
    until = DateField(_l("Postponed to"), [InputRequired()])
    decided_on = DateField(_l("Approved on"), [InputRequired()])
    note = TextAreaField(
        _l("Approved by"),
        [InputRequired()],
        description=_l("The superior organisation and its paper; 3 to 300 characters."),
    )


class CandidateForm(Form):
    """One candidate; ``person`` and ``role`` get their choices from the page."""

    person = SelectField(_l("Candidate"))
    in_favour = IntegerField(_l("In favour"), [Optional(), NumberRange(0)])
    against = IntegerField(_l("Against"), [Optional(), NumberRange(0)])
    abstained = IntegerField(_l("Abstained"), [Optional(), NumberRange(0)])
    role = SelectField(_l("Elected as"))


class ElectionForm(FlaskForm):  # type: ignore[misc]
    """``due`` is asked for above a branch only."""

    held_on = HiddenField()
    due = IntegerField(_l("Had a vote"), [InputRequired(), NumberRange(1)])
    present = IntegerField(_l("Were there"), [InputRequired(), NumberRange(0)])
    returned = IntegerField(_l("Papers returned"), [InputRequired(), NumberRange(0)])
    years = SelectField(_l("Years of the term"))
    tellers = StringField(_l("Tellers"), [Length(max=120)])
    candidates = FieldList(FormField(CandidateForm), min_entries=PLACES, max_entries=PLACES)
