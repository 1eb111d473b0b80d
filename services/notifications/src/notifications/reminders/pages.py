"""Pages: how long before something its people are reminded, and what comes next."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange

from notifications.messages import words
from notifications.reminders.commands import change_reminder_rule
from notifications.reminders.models import ReminderRule
from notifications.reminders.queries import (
    all_reminder_rules,
    coming_subjects,
    get_reminder_rule,
    lately_worked_off,
)
from notifications.reminders.rules import LONGEST, SHORTEST, event_type_of
from shared.principal import ALL_BODIES
from shared.refusal import Refused, Stale
from shared.web import (
    EditForm,
    choices,
    fill_errors,
    principal,
    reading,
    requires,
    runtime,
    stale_page,
    unit_of_work,
)

blueprint = Blueprint("reminders_pages", __name__, url_prefix="/reminders", template_folder="templates")
NEXT_SHOWN = 20
LATELY_SHOWN = 20


class ReminderForm(EditForm):
    active = BooleanField(_l("People are reminded by this rule"))
    minutes_before = IntegerField(
        _l("Minutes before the beginning"), [InputRequired(), NumberRange(SHORTEST, LONGEST)],
        description=_l("1440 minutes are a day. What was due before you save is not made up for."),
    )  # fmt: skip
    apart_minutes = IntegerField(
        _l("Least minutes after being told of the time"), [InputRequired(), NumberRange(0, LONGEST)],
        description=_l("Who was told of the time later than that gets no reminder: it would say nothing new."),
    )  # fmt: skip
    sms = BooleanField(_l("By SMS"))
    email = BooleanField(_l("By e-mail"))
    lane = SelectField(_l("Lane"), description=_l("Urgent messages overtake the others."))
    passes_quiet_hours = BooleanField(_l("Also in the quiet hours"))
    passes_reason = StringField(
        _l("Why also in the quiet hours"), [Length(max=300)],
        description=_l("It is shown with each message that passes them."),
    )  # fmt: skip


def _form_of(rule: ReminderRule, *, fresh: bool = False) -> ReminderForm:
    """The form of a rule. `fresh`: as it stands, whatever this request sent."""
    by_channel = {name: name in rule.channels for name in ("sms", "email")}
    form = ReminderForm(None, obj=rule, **by_channel) if fresh else ReminderForm(obj=rule, **by_channel)
    form.lane.choices = choices((lane, gettext(text)) for lane, text in words.LANES.items())
    return form


@blueprint.app_template_global()
def duration(minutes: int) -> str:
    """So many minutes in days, hours or minutes, whichever comes out even, in the reader's language."""
    if minutes and minutes % 1440 == 0:
        return ngettext("%(num)d day", "%(num)d days", minutes // 1440)
    if minutes and minutes % 60 == 0:
        return ngettext("%(num)d hour", "%(num)d hours", minutes // 60)
    return ngettext("%(num)d minute", "%(num)d minutes", minutes)


@blueprint.get("/")
@requires("viewer")
def list_reminders() -> ResponseReturnValue:
    with reading() as session:
        rules = all_reminder_rules(session)
        now = runtime().clock()
        coming = [
            (due_at, rule, subject)
            for rule in rules
            if rule.active
            for subject, due_at in coming_subjects(session, rule, principal(), now, NEXT_SHOWN)
        ]
        return render_template(
            "reminders/list.html",
            rules=rules,
            coming=sorted(coming, key=lambda one: one[0])[:NEXT_SHOWN],
            lately=lately_worked_off(session, principal(), LATELY_SHOWN),
            may_edit=principal().allows("manager", ALL_BODIES),
            event_type_of=event_type_of,
        )


@blueprint.route("/<uuid:rule_id>", methods=["GET", "POST"])
@requires("manager")
def edit_reminder(rule_id: UUID) -> ResponseReturnValue:
    with reading() as session:
        rule = get_reminder_rule(session, rule_id)
        form = _form_of(rule)
    if form.validate_on_submit():
        try:
            with unit_of_work() as work:
                change_reminder_rule(
                    work,
                    rule_id,
                    version=form.sent_version,
                    minutes_before=form.minutes_before.data,
                    apart_minutes=form.apart_minutes.data,
                    channels=[name for name in ("sms", "email") if form[name].data],
                    lane=form.lane.data,
                    passes_quiet_hours=form.passes_quiet_hours.data,
                    passes_reason=form.passes_reason.data or "",
                    active=form.active.data,
                )
        except Stale:
            with reading() as session:
                current = _form_of(get_reminder_rule(session, rule_id), fresh=True)
                subject = f"reminder-rule/{rule_id}"
                return stale_page(form, current, session, subject=subject, back=url_for(".list_reminders"))
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("Saved."), "success")
            return redirect(url_for(".list_reminders"), 303)
    page = render_template("reminders/edit.html", form=form, rule=rule, event_type_of=event_type_of)
    return page, 422 if form.errors else 200
