"""Forms about households."""

from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from shared.web import EditForm


class HouseholdForm(EditForm):
    name = StringField(
        _l("Name of the household"),
        [InputRequired(), Length(max=120)],
        description=_l("As the reception desk calls it."),
    )
    adults = TextAreaField(
        _l("Adults"),
        [InputRequired()],
        description=_l("Name or phone of each, separated by commas or on lines of their own."),
    )
    children = TextAreaField(
        _l("Children"), description=_l("A new child is better registered from the page of its guardian.")
    )
