"""Forms of a development file. A step's form has the fields that its rules ask for, and no others."""

from collections.abc import Sequence
from datetime import date

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    DateField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from membership.development.commands import PaperData
from membership.development.pack import Step
from membership.development.wording import CLOSING_NAMES, PAPER_NAMES
from shared.web import choices


class Checkboxes(SelectMultipleField):  # type: ignore[misc]
    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class PapersForm(FlaskForm):  # type: ignore[misc]
    """Papers that came with it: ticked, all received on the day of the step."""

    papers = Checkboxes(_l("Papers that came with it"), description=_l("Missing ones are listed; tick what you have."))

    def offer(self, wanted: Sequence[str], there: frozenset[str]) -> None:
        """Only what the step asks for and is not in the file yet; no field when nothing is missing."""
        missing = [paper for paper in wanted if paper not in there]
        self.papers.choices = choices((paper, gettext(PAPER_NAMES[paper])) for paper in missing)
        if not missing:
            del self.papers

    def chosen(self, received_on: date) -> list[PaperData]:
        return [PaperData(kind, received_on) for kind in (self.papers.data or ())] if self.papers is not None else []


class FileForm(PapersForm):
    person = StringField(_l("Person"), [InputRequired()], description=_l("Name or phone."))
    organisation = SelectField(_l("Party branch"))
    received_on = DateField(_l("Application handed in on"), [InputRequired()])


class StepForm(PapersForm):
    version = HiddenField()
    held_on = DateField(_l("Day"), [InputRequired()])
    passed = RadioField(
        _l("Outcome"), choices=choices([("yes", _l("Passed")), ("no", _l("Not passed"))]), default="yes"
    )
    people = TextAreaField(_l("Who"), description=_l("Name or phone of each, separated by commas."))
    days = IntegerField(_l("Days of training"), [Optional(), NumberRange(0, 400)])
    hours = IntegerField(_l("Hours of training"), [Optional(), NumberRange(0, 2000)])
    months = IntegerField(_l("Months"), [Optional(), NumberRange(0, 60)])
    special_reason = StringField(_l("Special reason"), description=_l("Only where the ordinary term was not enough."))
    note = TextAreaField(_l("Note"))

    def fit(self, step: Step) -> None:
        """Only the fields that the step's rules ask for."""
        unwanted = [
            *(["people"] if step.people is None else []),
            *(["days", "hours"] if step.training is None else []),
            *(["months"] if step.extends is None else []),
            *(["special_reason"] if step.within is None or not step.within.special_months else []),
        ]
        for name in unwanted:
            delattr(self, name)


class VoteForm(PapersForm):
    version = HiddenField()
    held_on = HiddenField()
    present = Checkboxes(_l("Who was there"))
    in_favour = IntegerField(_l("In favour"), [InputRequired(), NumberRange(0, 100000)])
    against = IntegerField(_l("Against"), [InputRequired(), NumberRange(0, 100000)], default=0)
    abstained = IntegerField(_l("Abstained"), [InputRequired(), NumberRange(0, 100000)], default=0)
    invalid = IntegerField(_l("Invalid papers"), [InputRequired(), NumberRange(0, 100000)], default=0)
    tellers = StringField(_l("Tellers"), description=_l("Who counted."))


class PaperForm(FlaskForm):  # type: ignore[misc]
    kind = SelectField(_l("Paper"))
    received_on = DateField(_l("Received on"), [InputRequired()])
    place = StringField(_l("Place in the archive"))


class CloseForm(FlaskForm):  # type: ignore[misc]
    version = HiddenField()
    reason = RadioField(
        _l("Reason"),
        [InputRequired()],
        choices=choices([(code, _l(name)) for code, name in CLOSING_NAMES.items()]),
    )
