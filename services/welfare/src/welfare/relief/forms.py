"""The forms of relief."""

from decimal import Decimal
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, Field, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length, ValidationError
from wtforms.widgets import TextInput

from shared.money import parse_yuan, yuan_text
from shared.refusal import Refused
from shared.web import EditForm
from welfare.disputes.forms import sealed_field


class YuanField(Field):  # type: ignore[misc]
    """An amount in yuan, typed with at most two decimals; ``data`` is a Decimal, None where nothing fitting stands."""

    widget = TextInput()

    def __init__(self, label: Any, validators: Any = None, **more: Any) -> None:
        super().__init__(label, validators, render_kw={"inputmode": "decimal", "autocomplete": "off"}, **more)
        self.typed = ""

    def _value(self) -> str:
        return self.typed or (yuan_text(self.data) if isinstance(self.data, Decimal) else "")

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        if not valuelist or not valuelist[0].strip():
            return
        self.typed = valuelist[0]
        try:
            self.data = parse_yuan(self.typed)
        except Refused as refused:
            raise ValueError(gettext(refused.reasons[0].text)) from refused


class Given:
    """InputRequired looks at the text; an amount is required when there is none that can be read."""

    field_flags = {"required": True}

    def __call__(self, _form: Any, field: Any) -> None:
        if field.data is None and not field.errors:
            raise ValidationError(gettext("This field is required."))


class ApplicationForm(FlaskForm):  # type: ignore[misc]
    body = SelectField(_l("Body"), [InputRequired()])
    campaign_id = SelectField(_l("Campaign"))
    fund_id = SelectField(_l("Fund"), [InputRequired()])
    amount_asked = YuanField(_l("Amount asked for, in yuan"), [Given()])
    occasion = RadioField(_l("Occasion"), [InputRequired()])
    circumstances = sealed_field(_l("Circumstances"))


class ChangeForm(EditForm):
    campaign_id = SelectField(_l("Campaign"))
    fund_id = SelectField(_l("Fund"), [InputRequired()])
    amount_asked = YuanField(_l("Amount asked for, in yuan"), [Given()])
    occasion = RadioField(_l("Occasion"), [InputRequired()])
    circumstances = sealed_field(_l("Circumstances, written anew"))


class VisitForm(FlaskForm):  # type: ignore[misc]
    visited_on = DateField(_l("Visited on"), [InputRequired()])
    finding = sealed_field(_l("What was found"))


class ApproveForm(FlaskForm):  # type: ignore[misc]
    amount = YuanField(_l("Amount granted, in yuan"), [Given()])


class PayForm(FlaskForm):  # type: ignore[misc]
    paid_on = DateField(_l("Paid on"), [InputRequired()])
    receipt = StringField(_l("Number of the receipt"), [Length(max=60)])


class ReverseForm(FlaskForm):  # type: ignore[misc]
    reason = RadioField(_l("Why"), [InputRequired()])
