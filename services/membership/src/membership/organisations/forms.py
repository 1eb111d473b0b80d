"""Forms about organisations."""

from flask_babel import lazy_gettext as _l
from wtforms import DateField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from shared.web import EditForm


class OrganisationForm(EditForm):
    """``kind`` and ``parent_id`` get their choices from the page."""

    kind = SelectField(_l("Kind"))
    parent_id = SelectField(_l("Stands under"))
    code = StringField(
        _l("Code"),
        [InputRequired(), Length(max=40)],
        description=_l("Used in files; capital letters, digits, hyphens."),
    )
    name_zh = StringField(_l("Chinese name"), [InputRequired(), Length(max=120)])
    name_en = StringField(_l("English name"), [InputRequired(), Length(max=120)])
    credit_code = StringField(_l("Unified social credit code"), description=_l("Only for enterprises; 18 characters."))
    founded_on = DateField(_l("Founded on"), [Optional()], description=_l("Left empty: as far back as anybody knows."))
    since = DateField(
        _l("Holds from"), [Optional()], description=_l("The day of the new name or place. What was before stays known.")
    )
