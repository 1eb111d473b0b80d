"""Pages: rules, making and changing them, trying them on past events, and switching them on and off."""

from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from notifications.contacts.models import Organisation
from notifications.messages.pages import word
from notifications.rules.checking import RuleText
from notifications.rules.commands import all_rules, change_rule, get_rule, make_rule, switch_rule
from notifications.rules.dry_run import DryRun, dry_run
from notifications.rules.events import events_for_rules
from notifications.rules.forms import RuleForm, SwitchForm, shown_value, values_of_rule
from notifications.rules.models import Rule
from notifications.wording.catalogue import FACTS
from notifications.wording.drafting_pages import hao_exact
from shared.database.tables import AuditRow
from shared.identifiers import new_id
from shared.principal import ALL_BODIES
from shared.refusal import Refused, Stale
from shared.texts import N_
from shared.web import fill_errors, principal, reading, requires, runtime, stale_page, unit_of_work
from shared.web.exporting import KINDS, PARAMETER, write

blueprint = Blueprint("rules_pages", __name__, url_prefix="/rules", template_folder="templates")
_NEW = {"fresh_hours": 48, "longest_hours": 72, "lane": "normal", "sms": True, "email": True, "audience": "person"}
SHOWN_CHANGES = 20
_ACTIONS = {
    "rule-made": N_("Made"),
    "rule-changed": N_("Changed"),
    "rule-switched-on": N_("Switched on"),
    "rule-switched-off": N_("Switched off"),
}

blueprint.add_app_template_global(shown_value, "shown_value")


@blueprint.get("/")
@requires("viewer")
def list_rules() -> ResponseReturnValue:
    with reading() as session:
        may_edit = principal().allows("manager", ALL_BODIES)
        return render_template("rules/list.html", rules=all_rules(session), may_edit=may_edit)


@blueprint.get("/<uuid:rule_id>")
@requires("viewer")
def show_rule(rule_id: UUID) -> ResponseReturnValue:
    with reading() as session:
        rule = get_rule(session, rule_id)
        organisation = session.get(Organisation, rule.organisation_id) if rule.organisation_id else None
        return render_template(
            "rules/show.html",
            rule=rule,
            organisation=organisation,
            history=_history(session, rule_id),
            may_edit=principal().allows("manager", ALL_BODIES),
        )


def _history(session: Session, rule_id: UUID) -> list[dict[str, object]]:
    rows = session.scalars(
        select(AuditRow).where(AuditRow.subject == f"rule/{rule_id}").order_by(AuditRow.id.desc()).limit(SHOWN_CHANGES)
    )
    tones = {"rule-switched-on": "good", "rule-switched-off": "warn"}
    return [
        {"at": row.at, "who": row.actor_name, "what": gettext(_ACTIONS.get(row.action, row.action)),
         "detail": row.facts.get("reason") or row.facts.get("passes_because"), "tone": tones.get(row.action)}
        for row in rows
    ]  # fmt: skip


@blueprint.route("/new", methods=["GET", "POST"])
@requires("manager")
def new_rule() -> ResponseReturnValue:
    """A rule for the event that the address names; without one the page asks for which."""
    event_type = request.values.get("event_type") or request.args.get("event", "")
    if event_type not in events_for_rules(runtime().service):
        return render_template("rules/choose_event.html", events=events_for_rules(runtime().service))
    form = RuleForm(data={**_NEW, "event_type": event_type})
    form.key.flags.required = True
    return _answer(form, None)


@blueprint.route("/<uuid:rule_id>/edit", methods=["GET", "POST"])
@requires("manager")
def edit_rule(rule_id: UUID) -> ResponseReturnValue:
    with reading() as session:
        rule = get_rule(session, rule_id)
        form = _form_of(rule)
    return _answer(form, rule)


def _form_of(rule: Rule, *, fresh: bool = False) -> RuleForm:
    """The form of a rule; event and name are always its own. `fresh`: as it stands, whatever this request sent."""
    values = values_of_rule(rule)
    form = RuleForm(None, data=values) if fresh else RuleForm(data=values)
    form.event_type.data, form.key.data = rule.event_type, rule.key
    return form


def _overtaken(form: RuleForm, rule_id: UUID) -> ResponseReturnValue:
    with reading() as session:
        current = _form_of(get_rule(session, rule_id), fresh=True)
        current.offer(session, runtime().service)
        back = url_for(".show_rule", rule_id=rule_id)
        return stale_page(form, current, session, subject=f"rule/{rule_id}", back=back)


def _answer(form: RuleForm, rule: Rule | None) -> ResponseReturnValue:
    """Show the form, try the rule, or keep it."""
    tried: DryRun | None = None
    with reading() as session:
        form.offer(session, runtime().service)
    if form.validate_on_submit():
        text, reasons = form.read(runtime().service)
        try:
            if text is None:
                raise Refused.many(reasons)
            if "try" in request.form:
                tried = _try(text, (form.key.data or "").strip())
            else:
                return _kept(form, rule, text)
        except Stale:
            assert rule is not None
            return _overtaken(form, rule.id)
        except Refused as refused:
            fill_errors(form, refused)
    page = render_template("rules/edit.html", form=form, rule=rule, tried=tried)
    return page, 422 if form.errors else 200


def _kept(form: RuleForm, rule: Rule | None, text: RuleText) -> ResponseReturnValue:
    with unit_of_work() as work:
        if rule is None:
            kept = make_rule(work, runtime().service, (form.key.data or "").strip(), text)
        else:
            kept = change_rule(work, runtime().service, rule.id, version=form.sent_version, text=text)
    flash(gettext("Saved.") if rule else gettext("Made, and still switched off. Try it, then switch it on."), "success")
    return redirect(url_for(".show_rule", rule_id=kept.id), 303)


def _try(text: RuleText, key: str) -> DryRun:
    """A rule as it was typed, in no table."""
    rule = Rule(
        **text.columns(FACTS[text.event_type]), id=new_id(), key=key or "-", active=True, switched_on=False, version=0
    )
    with reading() as session:
        return dry_run(runtime(), session, rule)


@blueprint.get("/<uuid:rule_id>/dry-run")
@requires("manager")
def try_rule(rule_id: UUID) -> ResponseReturnValue:
    """What the rule as it is kept would do with the newest past events."""
    with reading() as session:
        rule = get_rule(session, rule_id)
        tried = dry_run(runtime(), session, rule)
    if request.args.get(PARAMETER) == "csv":
        return _as_csv(tried)
    return render_template("rules/tried.html", rule=rule, tried=tried)


def _as_csv(tried: DryRun) -> Response:
    """Who would get what; nothing in it is run by a spreadsheet."""
    labels = [gettext(text) for text in ("Recipient", "Event", "Channel", "Language", "Segments", "Yuan", "Reason")]
    rows = [
        (line.name, line.moment, word("CHANNELS", line.channel), word("LANGUAGES", line.language), line.segments,
         hao_exact(line.cost), word("REASONS", line.reason))
        for line in tried.lines
    ]  # fmt: skip
    answer = Response(write("csv", labels, rows), content_type=KINDS["csv"])
    answer.headers["Content-Disposition"] = 'attachment; filename="dry-run.csv"'
    return answer


@blueprint.route("/<uuid:rule_id>/<any(on, off):state>", methods=["GET", "POST"])
@requires("manager")
def switch(rule_id: UUID, state: str) -> ResponseReturnValue:
    """Ask for the reason, then switch."""
    with reading() as session:
        rule = get_rule(session, rule_id)
    form = SwitchForm(version=rule.version)
    if form.validate_on_submit():
        try:
            with unit_of_work() as work:
                switch_rule(
                    work, rule_id, version=int(form.version.data or 0), on=state == "on", reason=form.reason.data
                )
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("Switched on.") if state == "on" else gettext("Switched off."), "success")
            return redirect(url_for(".show_rule", rule_id=rule_id), 303)
    page = render_template("rules/switch.html", rule=rule, form=form, on=state == "on")
    return page, 422 if form.errors else 200
