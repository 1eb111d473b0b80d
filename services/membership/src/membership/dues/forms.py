"""Forms about dues."""

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, MonthField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from membership.dues.wording import CATEGORY_NAMES, METHOD_NAMES
from shared.web import choices


class PayForm(FlaskForm):  # type: ignore[misc]
    amount = StringField(_l("Amount in yuan"), [InputRequired()], render_kw={"inputmode": "decimal"})
    paid_on = DateField(_l("Paid on"), [InputRequired()])
    method = SelectField(_l("Way to pay"), choices=choices([(code, _l(name)) for code, name in METHOD_NAMES.items()]))
    reference = StringField(
        _l("Reference"), [Length(max=60)], description=_l("Of the transfer; the same one is taken once only.")
    )


class BaseForm(FlaskForm):  # type: ignore[misc]
    category = SelectField(_l("Category"), choices=choices([(code, _l(name)) for code, name in CATEGORY_NAMES.items()]))
    base = StringField(
        _l("Monthly income after tax"),
        [Optional()],
        description=_l("In yuan. Students and members without income pay a fixed amount: leave it empty."),
        render_kw={"inputmode": "decimal"},
    )
    from_month = MonthField(_l("From month"), [InputRequired()])


class WaiverForm(FlaskForm):  # type: ignore[misc]
    first = MonthField(_l("First month"), [InputRequired()])
    until = MonthField(_l("Last month"), [InputRequired()], description=_l("At most twelve months."))
    reduced_to = StringField(_l("Reduced to (yuan a month)"), [InputRequired()], default="0.00")
    decided_on = DateField(_l("Decided on"), [InputRequired()])
    reason = TextAreaField(_l("Reason"), [InputRequired()], description=_l("5 to 300 characters."))


def amount_text(field: Any) -> str:
    return str(field.data or "0").strip() or "0"
