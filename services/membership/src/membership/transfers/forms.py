"""Forms about transfers and floating members."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, HiddenField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange

from shared.web import choices


class TransferForm(FlaskForm):  # type: ignore[misc]
    """``to_organisation_id`` gets its choices from the page; an empty one means elsewhere."""

    person = StringField(_l("Person"), [InputRequired()], description=_l("Name or phone."))
    to_organisation_id = SelectField(_l("To the branch"))
    to_place = StringField(_l("Or elsewhere, in words"), [Length(max=120)])
    from_place = StringField(
        _l("Comes from (elsewhere)"), [Length(max=120)], description=_l("Only for who belongs to no branch here.")
    )
    requested_on = DateField(_l("Requested on"), [InputRequired()])
    note = TextAreaField(_l("Note"))


class AcceptForm(FlaskForm):  # type: ignore[misc]
    version = HiddenField()
    accepted_on = DateField(_l("Accepted on"), [InputRequired()])


class ReturnForm(FlaskForm):  # type: ignore[misc]
    version = HiddenField()
    withdrawn = RadioField(
        _l("What happened"),
        [InputRequired()],
        default="no",
        choices=choices([("no", _l("The new branch returned the letter")), ("yes", _l("The old branch withdrew it"))]),
    )
    note = TextAreaField(_l("Reason"), [InputRequired()], description=_l("3 to 300 characters."))


class StayForm(FlaskForm):  # type: ignore[misc]
    person = StringField(_l("Person"), [InputRequired()], description=_l("Name or phone."))
    host_organisation_id = SelectField(_l("Takes part in"))
    host_place = StringField(_l("Or elsewhere, in words"), [Length(max=120)])
    home_place = StringField(
        _l("Own branch (elsewhere)"), [Length(max=120)], description=_l("Only for who belongs to no branch here.")
    )
    started_on = DateField(_l("Away since"), [InputRequired()])
    expected_until = DateField(
        _l("Expected until"), [InputRequired()], description=_l("Who is away for a shorter time is not registered.")
    )
    note = TextAreaField(_l("Note"))


class StatementForm(FlaskForm):  # type: ignore[misc]
    version = HiddenField()
    first_on = DateField(_l("First day"), [InputRequired()])
    last_on = DateField(_l("Last day"), [InputRequired()])
    attended = IntegerField(_l("Meetings attended"), [InputRequired(), NumberRange(0, 1000)])
    received_on = DateField(_l("Received on"), [InputRequired()])
    place = StringField(
        _l("Sent by, or kept at"), [InputRequired(), Length(max=120)], description=_l("Where the paper can be found.")
    )
    note = TextAreaField(_l("Note"))


class DayForm(FlaskForm):  # type: ignore[misc]
    version = HiddenField()
    on = DateField(_l("Day"), [InputRequired()])
