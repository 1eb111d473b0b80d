"""The forms of campaigns."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from shared.web import EditForm
from welfare.campaigns.models import LONGEST_PURPOSE


class CampaignFields:
    name_zh = StringField(_l("Name in Chinese"), [InputRequired(), Length(max=120)])
    name_en = StringField(_l("Name in English"), [InputRequired(), Length(max=120)])
    starts_on = DateField(_l("First day"), [InputRequired()])
    ends_on = DateField(_l("Last day"), [InputRequired()], description=_l("This day belongs to it."))
    fund_id = SelectField(_l("Fund"), description=_l("With a fund, every application of the campaign asks this fund."))
    purpose = TextAreaField(
        _l("Purpose"),
        [Length(max=LONGEST_PURPOSE)],
        description=_l("What it is for. Name nobody here: everybody who sees the campaign reads it."),
        render_kw={"rows": 4},
    )


class ChangeForm(CampaignFields, EditForm):
    """Changing one that others may change at the same time."""


class CampaignForm(CampaignFields, FlaskForm):  # type: ignore[misc]
    body = SelectField(_l("Body"), [InputRequired()])
