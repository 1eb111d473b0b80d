"""Forms about people."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, EmailField, HiddenField, SelectField, StringField, TelField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from shared.web import EditForm, choices
from shared.web.languages import LANGUAGES


class PersonForm(FlaskForm):  # type: ignore[misc]
    """Registering. The rules are the command's; here is only what the browser can know."""

    name = StringField(_l("Name"), [InputRequired(), Length(max=120)])
    phone = TelField(_l("Phone"), description=_l("Numbers from abroad begin with + and the country."))
    email = EmailField(_l("E-mail"))
    language = SelectField(_l("Language of messages"), choices=choices(LANGUAGES.items()))
    birth_on = DateField(_l("Birth date"), [Optional()], description=_l("The ID number says it, where there is one."))
    id_number = StringField(_l("ID number"), description=_l("18 characters. Kept encrypted; pages show it masked."))
    guardians = StringField(
        _l("Guardians"),
        description=_l("For a child under 14: name or phone of each, separated by commas. Register them first."),
    )

    given_on = DateField(_l("Guardian's consent given on"), [Optional()], description=_l("For a child under 14."))
    paper = StringField(
        _l("Paper of the consent"),
        [Length(max=120)],
        description=_l("Number or place by which the signed paper is found again. The first guardian named gave it."),
    )


class PersonEditForm(EditForm):
    name = StringField(_l("Name"), [InputRequired(), Length(max=120)])
    phone = TelField(_l("Phone"), description=_l("Numbers from abroad begin with + and the country."))
    email = EmailField(_l("E-mail"))
    language = SelectField(_l("Language of messages"), choices=choices(LANGUAGES.items()))
    birth_on = DateField(_l("Birth date"), [Optional()])
    id_number = StringField(
        _l("New ID number"), description=_l("Leave empty to keep what is recorded. Replacing one is for managers.")
    )


class GuardiansForm(FlaskForm):  # type: ignore[misc]
    version = HiddenField()
    guardians = TextAreaField(
        _l("Guardians"), description=_l("Name or phone of each guardian, separated by commas or on lines of their own.")
    )


class RevealForm(FlaskForm):  # type: ignore[misc]
    reason = TextAreaField(
        _l("Reason"), [InputRequired()], description=_l("Kept in the audit trail with your name. 5 to 200 characters.")
    )
