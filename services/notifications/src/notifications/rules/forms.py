"""The form of a rule: what it says, read from and written to what the commands take."""

from typing import Any
from uuid import UUID

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms import BooleanField, Form, FormField, HiddenField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange

from notifications.contacts.models import Organisation
from notifications.messages import words
from notifications.messages.pages import word
from notifications.rules.audiences import AUDIENCES
from notifications.rules.checking import RuleText
from notifications.rules.conditions import COMPARISONS, MOST_CONDITIONS, WITHOUT_VALUE, Condition, read_condition
from notifications.rules.events import fields_of
from notifications.rules.models import Rule
from notifications.wording.queries import template_keys
from shared.refusal import Reason
from shared.service import Service
from shared.web import EditForm, choices
from shared.web.languages import language

NEW_TEMPLATE = "+"


class ConditionForm(Form):  # type: ignore[misc]
    field = SelectField(_l("Field"), validate_choice=False)
    comparison = SelectField(_l("Comparison"), validate_choice=False)
    value = StringField(_l("Value"), [Length(max=200)])


class RuleForm(EditForm):
    event_type = HiddenField()
    key = StringField(_l("Name"), [Length(max=55)], description=_l("What staff call this rule."))
    audience = SelectField(_l("Who is told"))
    organisation_id = SelectField(
        _l("Organisation"), description=_l("Only where its members are told."), validate_choice=False
    )
    template_key = SelectField(_l("Template"), validate_choice=False)
    new_template = StringField(
        _l("Name of a new template"), [Length(max=55)], description=_l("Its texts are written afterwards.")
    )
    channels = HiddenField()
    sms = BooleanField(_l("By SMS"))
    email = BooleanField(_l("By e-mail"))
    lane = SelectField(_l("Lane"), description=_l("Urgent messages overtake the others."))
    category = SelectField(_l("Category"), description=_l("Recipients may switch off all but the first one."))
    passes_quiet_hours = BooleanField(_l("Also in the quiet hours"))
    passes_reason = StringField(
        _l("Why also in the quiet hours"), [Length(max=300)],
        description=_l("It is shown with each message that passes them."),
    )  # fmt: skip
    fresh_hours = IntegerField(
        _l("Hours that an event may be old"), [InputRequired(), NumberRange(1, 720)],
        description=_l("An older event is noted and not told."),
    )  # fmt: skip
    longest_hours = IntegerField(
        _l("Hours that a message is worth sending"), [InputRequired(), NumberRange(1, 720)],
        description=_l("At the latest until what it is about begins."),
    )  # fmt: skip
    conditions = HiddenField(_l("Only when"))
    condition_0 = FormField(ConditionForm, _l("Only when"))
    condition_1 = FormField(ConditionForm, _l("Only when"))
    condition_2 = FormField(ConditionForm, _l("Only when"))
    condition_3 = FormField(ConditionForm, _l("Only when"))
    condition_4 = FormField(ConditionForm, _l("Only when"))

    @property
    def condition_rows(self) -> list[Any]:
        return [self[f"condition_{number}"] for number in range(MOST_CONDITIONS)]

    def offer(self, session: Session, service: Service) -> None:
        """Fill the lists to choose from, for the event of the form."""
        self.audience.choices = choices((one, word("AUDIENCES", one)) for one in AUDIENCES)
        organisations = session.scalars(select(Organisation).order_by(Organisation.name_zh)).all()
        self.organisation_id.choices = choices(
            [("", gettext("the event's own organisation"))]
            + [(str(one.organisation_id), one.name(language())) for one in organisations]
        )
        known = [(key, word("TEMPLATES", key)) for key in template_keys(session)]
        self.template_key.choices = choices([*known, (NEW_TEMPLATE, gettext("a new one"))])
        self.lane.choices = choices((lane, gettext(text)) for lane, text in words.LANES.items())
        self.category.choices = choices((name, gettext(text)) for name, text in words.CATEGORIES.items())
        fields = fields_of(service, self.event_type.data or "")
        for row in self.condition_rows:
            row.form.field.choices = choices([("", "—"), *((name, _field_label(name)) for name in sorted(fields))])
            row.form.comparison.choices = choices((one, word("COMPARISONS", one)) for one in COMPARISONS)

    def read(self, service: Service) -> tuple[RuleText | None, list[Reason]]:
        """What was typed, or why it cannot be read."""
        kinds = fields_of(service, self.event_type.data or "")
        conditions: list[Condition] = []
        reasons: list[Reason] = []
        for row in self.condition_rows:
            if not row.form.field.data:
                continue
            read = read_condition(row.form.field.data, row.form.comparison.data, row.form.value.data or "", kinds)
            if isinstance(read, Reason):
                reasons.append(read)
            else:
                conditions.append(read)
        if reasons:
            return None, reasons
        wanted = self.template_key.data
        return RuleText(
            event_type=self.event_type.data or "",
            template_key=(self.new_template.data or "").strip() if wanted == NEW_TEMPLATE else (wanted or ""),
            channels=[name for name in ("sms", "email") if self[name].data],
            lane=self.lane.data,
            passes_quiet_hours=self.passes_quiet_hours.data,
            fresh_hours=self.fresh_hours.data,
            longest_hours=self.longest_hours.data,
            category=self.category.data,
            audience=self.audience.data,
            organisation_id=UUID(self.organisation_id.data) if self.organisation_id.data else None,
            conditions=tuple(conditions),
            passes_reason=self.passes_reason.data or "",
        ), []


def _field_label(name: str) -> str:
    known = word("FIELDS", name)
    return name if known == name else f"{known} · {name}"


def values_of_rule(rule: Rule) -> dict[str, Any]:
    """What fills the form of a rule."""
    values: dict[str, Any] = {
        name: getattr(rule, name)
        for name in ("version", "event_type", "key", "audience", "template_key", "lane", "category",
                     "passes_quiet_hours", "passes_reason", "fresh_hours", "longest_hours")
    }  # fmt: skip
    values |= {name: name in rule.channels for name in ("sms", "email")}
    values["organisation_id"] = str(rule.organisation_id or "")
    for number in range(MOST_CONDITIONS):
        values[f"condition_{number}"] = {"field": "", "comparison": next(iter(COMPARISONS)), "value": ""}
    for number, one in enumerate(rule.all_conditions()[:MOST_CONDITIONS]):
        values[f"condition_{number}"] = {"field": one.field, "comparison": one.comparison, "value": shown_value(one)}
    return values


def shown_value(condition: Condition) -> str:
    """A value as somebody would write it."""
    if condition.comparison in WITHOUT_VALUE:
        return ""
    value = condition.value
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


class SwitchForm(FlaskForm):  # type: ignore[misc]
    version = HiddenField()
    reason = TextAreaField(_l("Why"), [InputRequired(), Length(max=300)])
