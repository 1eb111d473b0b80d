"""Staff pages of relief: lists, one application, and writing or changing it. Its steps are in ``steps.py``."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext
from sqlalchemy.orm import Session

from shared.refusal import NotFound, Refused, Stale
from shared.web import (
    Column,
    Orders,
    body_choices,
    choices,
    exported,
    fill_errors,
    paginate,
    principal,
    reading,
    requires,
    stale_page,
    unit_of_work,
)
from shared.web.wording import body_name, in_words
from welfare.campaigns.queries import find_campaign, open_campaigns
from welfare.choosing.pages import chosen
from welfare.confidential.texts import parts_written, read_text
from welfare.current import keys, today
from welfare.funds.queries import all_funds, entries_of, find_fund
from welfare.history import timeline_of
from welfare.lookups import members_of, name_order, names_of
from welfare.relief import commands, queries
from welfare.relief.forms import ApplicationForm, ChangeForm
from welfare.relief.models import ReliefApplication
from welfare.relief.rules import OCCASIONS, OPEN, STATES
from welfare.words import pairs, word

blueprint = Blueprint("relief_pages", __name__, url_prefix="/relief", template_folder="templates")
ORDERS = Orders(
    person=name_order(ReliefApplication.person_id),
    applied=ReliefApplication.submitted_on,
    asked=ReliefApplication.amount_asked,
)


@blueprint.get("/")
@requires("viewer")
def list_applications() -> ResponseReturnValue:
    """Newest first; the filters live in the address."""
    state = request.args.get("state")
    found = queries.list_applications(
        principal(),
        body=request.args.get("body"),
        state=state if state in (*STATES, "open") else None,
        words=request.args.get("q"),
    )
    if answer := exported("relief", found, _columns, orders=ORDERS):
        return answer
    with reading() as session:
        page = paginate(session, found, orders=ORDERS)
        names = names_of(session, [one.person_id for one in page.items])
        return render_template(
            "relief/list.html", page=page, names=names, bodies=principal().bodies(), states=pairs(("open", *STATES))
        )


def _columns(session: Session, rows: Sequence[ReliefApplication]) -> list[Column]:
    """As the list shows them; circumstances and findings are not for files."""
    names = names_of(session, [one.person_id for one in rows])
    return [
        Column(gettext("Applicant"), lambda one: names.get(one.person_id, gettext("unknown person"))),
        Column(gettext("Body"), lambda one: body_name(one.body)),
        Column(gettext("Occasion"), lambda one: word(one.occasion)),
        Column(gettext("Applied on"), lambda one: one.submitted_on),
        Column(gettext("Amount asked for, in yuan"), lambda one: one.amount_asked),
        Column(gettext("Amount granted, in yuan"), lambda one: one.decision.amount if one.decision else None),
        Column(gettext("State"), lambda one: word(one.state)),
    ]


@blueprint.get("/<uuid:application_id>")
@requires("viewer")
def show_application(application_id: UUID) -> ResponseReturnValue:
    with reading() as session:
        application = queries.find_application(session, application_id, principal())
        return render_template("relief/show.html", **shown(session, application))


@blueprint.post("/<uuid:application_id>/circumstances")
@requires("officer")
def show_circumstances(application_id: UUID) -> ResponseReturnValue:
    """The same page with the circumstances opened; the reading is noted in the same transaction."""
    with unit_of_work() as work:
        text = read_text(work, keys(), "relief_applications", application_id, "circumstances")
        application = queries.find_application(work.session, application_id, principal())
        return render_template("relief/show.html", **shown(work.session, application, {application_id: text}))


@blueprint.post("/<uuid:application_id>/visits/<uuid:visit_id>")
@requires("officer")
def show_finding(application_id: UUID, visit_id: UUID) -> ResponseReturnValue:
    """The same page with the finding of a visit opened."""
    with unit_of_work() as work:
        application = queries.find_application(work.session, application_id, principal())
        if visit_id not in [visit.id for visit in application.visits]:
            raise NotFound("note")
        text = read_text(work, keys(), "relief_visits", visit_id, "finding")
        return render_template("relief/show.html", **shown(work.session, application, {visit_id: text}))


@blueprint.route("/new", methods=["GET", "POST"])
@requires("officer")
def new_application() -> ResponseReturnValue:
    people = chosen()
    if not people:
        return redirect(url_for("choosing.choose", form="relief"))
    form = ApplicationForm()
    form.body.choices = body_choices(principal().bodies("officer"))
    form.occasion.choices = choices(pairs(OCCASIONS))
    with reading() as session:
        form.fund_id.choices = _fund_choices(session)
        form.campaign_id.choices = campaign_choices(session)
        name = names_of(session, people).get(people[0], gettext("unknown person"))
    if form.validate_on_submit():
        try:
            with unit_of_work() as work:
                made = commands.submit_application(
                    work,
                    keys(),
                    body=form.body.data,
                    person_id=people[0],
                    fund_id=UUID(form.fund_id.data),
                    campaign_id=_campaign_of(form),
                    amount_asked=form.amount_asked.data,
                    occasion=form.occasion.data,
                    circumstances=form.circumstances.data,
                    today=today(),
                )
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("The application is written down. Next comes a home visit."), "success")
            return redirect(url_for(".show_application", application_id=made.id), 303)
    return render_template("relief/new.html", form=form, name=name), 422 if form.errors else 200


@blueprint.route("/<uuid:application_id>/change", methods=["GET", "POST"])
@requires("officer")
def change_application(application_id: UUID) -> ResponseReturnValue:
    with reading() as session:
        application = queries.find_application(session, application_id, principal())
        principal().demand("officer", application.body)
        form = _change_form(session, application)
    if form.validate_on_submit():
        try:
            with unit_of_work() as work:
                commands.edit_application(
                    work,
                    keys(),
                    application_id,
                    today=today(),
                    version=form.sent_version,
                    fund_id=UUID(form.fund_id.data),
                    campaign_id=_campaign_of(form),
                    amount_asked=form.amount_asked.data,
                    occasion=form.occasion.data,
                    circumstances=form.circumstances.data,
                )
        except Stale:
            with reading() as session:
                application = queries.find_application(session, application_id, principal())
                current = _change_form(session, application, fresh=True)
                back = url_for(".show_application", application_id=application_id)
                return stale_page(form, current, session, subject=f"relief_applications/{application_id}", back=back)
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("The application is changed."), "success")
            return redirect(url_for(".show_application", application_id=application_id), 303)
    answer = render_template("relief/change.html", form=form, application=application)
    return answer, 422 if form.errors else 200


def _change_form(session: Session, application: ReliefApplication, *, fresh: bool = False) -> ChangeForm:
    """What was written about the circumstances stays sealed: that field begins empty."""
    stands = {
        "version": application.version,
        "fund_id": str(application.fund_id),
        "campaign_id": str(application.campaign_id or ""),
        "amount_asked": application.amount_asked,
        "occasion": application.occasion,
    }
    form = ChangeForm(None, data=stands) if fresh else ChangeForm(data=stands)
    form.occasion.choices = choices(pairs(OCCASIONS))
    form.fund_id.choices = _fund_choices(session)
    form.campaign_id.choices = campaign_choices(session, application.body)
    return form


def own_name(named: Any) -> str:
    """The name of a fund or a campaign in the reader's language."""
    locale = get_locale()
    return str(named.name_zh if locale is not None and locale.language == "zh" else named.name_en)


fund_name = own_name


def campaign_choices(session: Any, body: str | None = None) -> Any:
    """No campaign, or one that is open; with their bodies where there are several to choose from."""
    found = [one for one in open_campaigns(session, principal()) if body in (None, one.body)]
    several = len({one.body for one in found}) > 1
    named = [
        (
            str(one.id),
            gettext("%(name)s (%(body)s)", name=own_name(one), body=body_name(one.body)) if several else own_name(one),
        )
        for one in found
    ]
    return choices([("", gettext("None")), *named])


def shown(session: Any, application: ReliefApplication, opened: Mapping[UUID, str] | None = None) -> dict[str, Any]:
    """What the page of one application shows."""
    visits = [visit.id for visit in application.visits]
    family = members_of(session, application.household_id) if application.household_id else []
    subjects = [f"relief_applications/{application.id}", *(f"relief_visits/{one}" for one in visits)]
    steps = queries.next_steps(application, principal())
    return {
        "application": application,
        "names": names_of(session, [application.person_id, *family]),
        "family": [one for one in family if one != application.person_id],
        "fund": find_fund(session, application.fund_id, principal()),
        "fund_name": fund_name,
        "campaign": find_campaign(session, application.campaign_id, principal()) if application.campaign_id else None,
        "own_name": own_name,
        "has_circumstances": bool(parts_written(session, "relief_applications", [application.id], principal())),
        "found": {case for case, _part in parts_written(session, "relief_visits", visits, principal())},
        "opened": opened or {},
        "steps": steps,
        "why_not": list(dict.fromkeys(in_words(reason) for step in steps for reason in step.reasons)),
        "ledger": entries_of(session, application.id, principal()),
        "entries": timeline_of(session, subjects),
        "may_write": principal().allows("officer", application.body),
        "may_decide": principal().allows("manager", application.body),
        "is_open": application.state in OPEN,
    }


def _campaign_of(form: Any) -> UUID | None:
    return UUID(form.campaign_id.data) if form.campaign_id.data else None


def _fund_choices(session: Any) -> Any:
    return choices(
        [
            (
                str(fund.id),
                gettext("%(name)s (%(available)s yuan left)", name=fund_name(fund), available=f"{fund.available:,.2f}"),
            )
            for fund in all_funds(session, principal())
        ]
    )
