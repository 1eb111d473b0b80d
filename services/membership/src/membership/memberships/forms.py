"""Forms about memberships."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, HiddenField, SelectField, StringField
from wtforms.validators import InputRequired, Optional


class MembershipForm(FlaskForm):  # type: ignore[misc]
    """``organisation`` and ``role`` get their choices from the page; what the page knows already has no field."""

    person = StringField(_l("Person"), [InputRequired()], description=_l("Name or phone."))
    organisation = SelectField(_l("Organisation"))
    role = SelectField(_l("Role"))
    start_on = DateField(_l("From"), [InputRequired()])
    end_on = DateField(_l("Until"), [Optional()], description=_l("The first day on which it no longer holds."))


class EndForm(FlaskForm):  # type: ignore[misc]
    version = HiddenField()
    end_on = DateField(
        _l("First day on which it no longer holds"), [InputRequired()], description=_l("Said once; it may lie ahead.")
    )
