"""Staff pages of campaigns."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf import FlaskForm

from shared.refusal import Reason, Refused, Stale
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
from welfare.campaigns import commands, queries, rules
from welfare.campaigns.forms import CampaignForm, ChangeForm
from welfare.campaigns.models import Campaign
from welfare.campaigns.queries import Shown
from welfare.current import today
from welfare.funds.queries import all_funds, find_fund
from welfare.history import timeline_of
from welfare.lookups import names_of
from welfare.relief.pages import own_name
from welfare.relief.queries import list_applications
from welfare.words import pairs, word

blueprint = Blueprint("campaigns_pages", __name__, url_prefix="/campaigns", template_folder="templates")
ORDERS = Orders(name=Campaign.name_zh, days=Campaign.starts_on)
FIELDS = ("name_zh", "name_en", "starts_on", "ends_on", "purpose")


@blueprint.get("/")
@requires("viewer")
def list_campaigns() -> ResponseReturnValue:
    """Newest first; the filters live in the address."""
    state = request.args.get("state")
    found = queries.list_campaigns(
        principal(),
        body=request.args.get("body"),
        state=state if state in rules.STATES else None,
        words=request.args.get("q"),
    )
    if answer := exported("campaigns", found, _columns, orders=ORDERS):
        return answer
    with reading() as session:
        page = paginate(session, found, orders=ORDERS)
        return render_template(
            "campaigns/list.html",
            page=page,
            rows=queries.show_all(session, principal(), page.items),
            bodies=principal().bodies(),
            states=pairs(rules.STATES),
            own_name=own_name,
        )


def _columns(session: Any, rows: Sequence[Campaign]) -> list[Column]:
    figures = queries.figures_of(session, principal(), [one.id for one in rows])
    return [
        Column(gettext("Campaign"), own_name),
        Column(gettext("Body"), lambda one: body_name(one.body)),
        Column(gettext("First day"), lambda one: one.starts_on),
        Column(gettext("Last day"), lambda one: one.ends_on),
        Column(gettext("Families helped"), lambda one: figures[one.id].families),
        Column(gettext("Paid out"), lambda one: figures[one.id].amount),
        Column(gettext("State"), lambda one: word(one.state)),
    ]


@blueprint.get("/<uuid:campaign_id>")
@requires("viewer")
def show_campaign(campaign_id: UUID) -> ResponseReturnValue:
    """The campaign with its cases, newest first, and what it came to."""
    with reading() as session:
        campaign = queries.find_campaign(session, campaign_id, principal())
        page = paginate(session, list_applications(principal(), campaign_id=campaign_id))
        return render_template(
            "campaigns/show.html",
            campaign=campaign,
            figures=queries.show(session, principal(), campaign).figures,
            fund=find_fund(session, campaign.fund_id, principal()) if campaign.fund_id else None,
            page=page,
            names=names_of(session, [one.person_id for one in page.items]),
            entries=timeline_of(session, [f"campaigns/{campaign.id}"]),
            own_name=own_name,
            over=campaign.ends_on < today(),
            begun=campaign.starts_on <= today(),
            may_write=principal().allows("officer", campaign.body),
            may_decide=principal().allows("manager", campaign.body),
        )


@blueprint.route("/new", methods=["GET", "POST"])
@requires("officer")
def new_campaign() -> ResponseReturnValue:
    form = CampaignForm()
    form.body.choices = body_choices(principal().bodies("officer"))
    with reading() as session:
        form.fund_id.choices = _fund_choices(session)

    def carry_out(work: Any) -> Campaign:
        return commands.plan_campaign(work, body=form.body.data, today=today(), **_given(form))

    if answer := _carried_out(form, carry_out, gettext("The campaign is planned. A manager opens it.")):
        return answer
    return render_template("campaigns/new.html", form=form), 422 if form.errors else 200


@blueprint.route("/<uuid:campaign_id>/change", methods=["GET", "POST"])
@requires("officer")
def change_campaign(campaign_id: UUID) -> ResponseReturnValue:
    """What is fixed since it opened is not offered."""
    with reading() as session:
        campaign = queries.find_campaign(session, campaign_id, principal())
        principal().demand("officer", campaign.body)
        form = _change_form(session, campaign)

    def carry_out(work: Any) -> Campaign:
        return commands.change_campaign(work, campaign_id, today=today(), version=form.sent_version, **_given(form))

    try:
        if answer := _carried_out(form, carry_out, gettext("The campaign is changed.")):
            return answer
    except Stale:
        with reading() as session:
            current = _change_form(session, queries.find_campaign(session, campaign_id, principal()), fresh=True)
            for name in set(form._fields) - set(current._fields):
                del form[name]
            back = url_for(".show_campaign", campaign_id=campaign_id)
            return stale_page(form, current, session, subject=f"campaigns/{campaign_id}", back=back)
    shown = render_template("campaigns/change.html", form=form, campaign=campaign, own_name=own_name)
    return shown, 422 if form.errors else 200


@blueprint.route("/<uuid:campaign_id>/open", methods=["GET", "POST"])
@requires("manager")
def open_campaign(campaign_id: UUID) -> ResponseReturnValue:
    def why_not(shown: Shown) -> Sequence[Reason]:
        one = shown.campaign
        return rules.may_open(one.state, one.starts_on, one.ends_on, today())

    def carry_out(work: Any) -> Campaign:
        return commands.open_campaign(work, campaign_id, today=today())

    return _step(campaign_id, "campaigns/open.html", why_not, carry_out, gettext("The campaign is open."))


@blueprint.route("/<uuid:campaign_id>/close", methods=["GET", "POST"])
@requires("manager")
def close_campaign(campaign_id: UUID) -> ResponseReturnValue:
    def why_not(shown: Shown) -> Sequence[Reason]:
        return rules.may_close(shown.campaign.state, shown.figures.waiting)

    def carry_out(work: Any) -> Campaign:
        return commands.close_campaign(work, campaign_id, today=today())

    return _step(campaign_id, "campaigns/close.html", why_not, carry_out, gettext("The campaign is closed."))


def _step(
    campaign_id: UUID,
    template: str,
    why_not: Callable[[Shown], Sequence[Reason]],
    carry_out: Callable[[Any], Campaign],
    done: str,
) -> ResponseReturnValue:
    """Asks once and says what will happen; where it cannot happen, says why instead."""
    form = FlaskForm()
    if answer := _carried_out(form, carry_out, done):
        return answer
    with reading() as session:
        campaign = queries.find_campaign(session, campaign_id, principal())
        principal().demand("manager", campaign.body)
        shown = queries.show(session, principal(), campaign)
        answer = render_template(
            template,
            form=form,
            campaign=campaign,
            figures=shown.figures,
            reasons=[in_words(reason) for reason in why_not(shown)],
            own_name=own_name,
            days_left=(campaign.ends_on - today()).days,
        )
    return answer, 422 if form.errors else 200


def _carried_out(form: Any, carry_out: Callable[[Any], Campaign], done: str) -> ResponseReturnValue | None:
    """The way on after a form that was sent and carried out; None while it is to be shown."""
    if not form.validate_on_submit():
        return None
    try:
        with unit_of_work() as work:
            campaign = carry_out(work)
    except Stale:
        raise
    except Refused as refused:
        fill_errors(form, refused)
        return None
    flash(done, "success")
    return redirect(url_for(".show_campaign", campaign_id=campaign.id), 303)


def _change_form(session: Any, campaign: Campaign, *, fresh: bool = False) -> ChangeForm:
    stands = {name: getattr(campaign, name) for name in (*FIELDS, "version")}
    stands["fund_id"] = str(campaign.fund_id or "")
    form = ChangeForm(None, data=stands) if fresh else ChangeForm(data=stands)
    form.fund_id.choices = _fund_choices(session)
    if campaign.state != "planned":
        del form.starts_on, form.fund_id
    return form


def _given(form: Any) -> dict[str, Any]:
    """The fields that the form offers, as the commands take them."""
    given = {name: form[name].data for name in FIELDS if name in form}
    given["purpose"] = given["purpose"] or ""
    if "fund_id" in form:
        given["fund_id"] = UUID(form.fund_id.data) if form.fund_id.data else None
    return given


def _fund_choices(session: Any) -> Any:
    funds = [(str(fund.id), own_name(fund)) for fund in all_funds(session, principal())]
    return choices([("", gettext("Any fund")), *funds])
