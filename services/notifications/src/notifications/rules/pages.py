"""Pages: rules and changing them."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, IntegerField, SelectField
from wtforms.validators import InputRequired, NumberRange

from notifications.messages import words
from notifications.rules.commands import all_rules, change_rule, get_rule
from shared.principal import ALL_BODIES
from shared.refusal import Refused
from shared.web import choices, fill_errors, principal, reading, requires, unit_of_work

blueprint = Blueprint("rules_pages", __name__, url_prefix="/rules", template_folder="templates")


class RuleForm(FlaskForm):  # type: ignore[misc]
    version = HiddenField()
    active = BooleanField(_l("Messages are sent by this rule"))
    sms = BooleanField(_l("By SMS"))
    email = BooleanField(_l("By e-mail"))
    lane = SelectField(_l("Lane"), description=_l("Urgent messages overtake the others."))
    category = SelectField(_l("Category"), description=_l("Recipients may switch off all but the first one."))
    passes_quiet_hours = BooleanField(_l("Also in the quiet hours"))
    fresh_hours = IntegerField(
        _l("Hours that an event may be old"), [InputRequired(), NumberRange(1, 720)],
        description=_l("An older event is noted and not told."),
    )  # fmt: skip
    longest_hours = IntegerField(
        _l("Hours that a message is worth sending"), [InputRequired(), NumberRange(1, 720)],
        description=_l("At the latest until what it is about begins."),
    )  # fmt: skip


@blueprint.get("/")
@requires("viewer")
def list_rules() -> ResponseReturnValue:
    with reading() as session:
        may_edit = principal().allows("manager", ALL_BODIES)
        return render_template("rules/list.html", rules=all_rules(session), may_edit=may_edit)


@blueprint.route("/<uuid:rule_id>", methods=["GET", "POST"])
@requires("manager")
def edit_rule(rule_id: UUID) -> ResponseReturnValue:
    principal().demand("manager", ALL_BODIES)
    with reading() as session:
        rule = get_rule(session, rule_id)
    form = RuleForm(obj=rule, sms="sms" in rule.channels, email="email" in rule.channels)
    form.lane.choices = choices((lane, gettext(text)) for lane, text in words.LANES.items())
    form.category.choices = choices((name, gettext(text)) for name, text in words.CATEGORIES.items())
    if form.validate_on_submit():
        try:
            with unit_of_work() as work:
                change_rule(
                    work,
                    rule_id,
                    version=int(form.version.data or 0),
                    channels=[name for name in ("sms", "email") if form[name].data],
                    lane=form.lane.data,
                    passes_quiet_hours=form.passes_quiet_hours.data,
                    fresh_hours=form.fresh_hours.data,
                    longest_hours=form.longest_hours.data,
                    active=form.active.data,
                    category=form.category.data,
                )
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("Saved."), "success")
            return redirect(url_for(".list_rules"), 303)
    return render_template("rules/edit.html", form=form, rule=rule), 422 if form.errors else 200
