"""Staff pages about memberships: the list as of a day, starting one, ending one."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from membership.current import argument_date, argument_id, today
from membership.memberships.commands import end_membership, start_membership
from membership.memberships.forms import EndForm, MembershipForm
from membership.memberships.models import Membership
from membership.memberships.queries import get_membership
from membership.memberships.rules import joining_role
from membership.memberships.visibility import seen, visible
from membership.organisations.kinds import kinds
from membership.organisations.models import Organisation
from membership.organisations.queries import choosable, filter_choices, get_organisation
from membership.people.naming import named
from membership.people.queries import get_person, name_order
from shared.principal import BODIES
from shared.refusal import Refused
from shared.web import (
    Column,
    Orders,
    choices,
    exported,
    fill_errors,
    paginate,
    principal,
    reading,
    requires,
    unit_of_work,
)
from shared.web.languages import language

blueprint = Blueprint("memberships_pages", __name__, url_prefix="/memberships", template_folder="templates")
ORDERS = Orders(name=name_order(Membership.person_id), start=Membership.start_on, end=Membership.end_on)


@blueprint.get("/")
@requires("viewer")
def list_memberships() -> ResponseReturnValue:
    day = argument_date("as_of") or today()
    body, role = request.args.get("body"), request.args.get("role")
    chosen = ORDERS.chosen()
    found = visible(
        principal(),
        today(),
        as_of=day,
        body=body if body in BODIES else None,
        role=role if role in kinds().role_names else None,
        organisation_id=argument_id("organisation"),
        by_days=chosen is not None and chosen.name in ("start", "end"),
    )
    if answer := exported("memberships", found, _columns, orders=ORDERS):
        return answer
    with reading() as session:
        page = paginate(session, found, orders=ORDERS)
        page = replace(page, items=seen(page.items, principal()))
        return render_template(
            "memberships/list.html",
            page=page,
            day=day,
            bodies=BODIES,
            organisations=filter_choices(session, language()),
        )


def _columns(_session: Session, rows: Any) -> list[Column]:
    told = {one.id: one for one in seen(rows, principal())}

    def role(one: Membership) -> str:
        said = told[one.id].role
        return kinds().role_name(said, language()) if said else ""

    return [
        Column(gettext("Name"), lambda one: one.person.name),
        Column(gettext("Organisation"), lambda one: one.organisation.name(language())),
        Column(gettext("Role"), role),
        Column(gettext("From"), lambda one: told[one.id].start_on),
        Column(gettext("Until"), lambda one: told[one.id].end_on),
    ]


@blueprint.route("/new", methods=["GET", "POST"])
@requires("officer")
def new_membership() -> ResponseReturnValue:
    """Two steps without a script: first where, then who and in which role."""
    person_id, organisation_id = argument_id("person"), argument_id("organisation")
    with reading() as session:
        person = get_person(session, person_id) if person_id else None
        organisation = get_organisation(session, organisation_id) if organisation_id else None
        if organisation is None:
            bodies = [*principal().bodies("officer"), None]
            offered = choosable(session, bodies)
            return render_template("memberships/where.html", person=person, offered=offered)
    principal().demand("officer", organisation.body)
    form = _form(organisation, with_person=person is None)
    if form.validate_on_submit():
        try:
            with unit_of_work() as work:
                if person is None:
                    people, reasons = named(work.session, form.person.data, "person")
                    if reasons:
                        raise Refused.many(reasons)
                    person_id = people[0].id
                assert person_id is not None
                membership = start_membership(
                    work,
                    person_id=person_id,
                    organisation_id=organisation.id,
                    role=form.role.data,
                    start_on=form.start_on.data,
                    end_on=form.end_on.data,
                )
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("The membership is entered."), "success")
            return redirect(url_for("people_pages.show_person", person_id=membership.person_id), 303)
    page = render_template("memberships/new.html", form=form, person=person, organisation=organisation)
    return page, 422 if form.errors else 200


def _form(organisation: Organisation, *, with_person: bool) -> MembershipForm:
    form = MembershipForm()
    kind = kinds().by_code[organisation.kind]
    form.role.choices = choices((role, kinds().role_name(role, language())) for role in kind.roles)
    del form.organisation
    if not with_person:
        del form.person
    if request.method == "GET":
        form.role.data = joining_role(kind)
        form.start_on.data = today()
    return form


@blueprint.route("/<uuid:membership_id>/end", methods=["GET", "POST"])
@requires("officer")
def end(membership_id: UUID) -> ResponseReturnValue:
    form = EndForm()
    if form.validate_on_submit():
        try:
            with unit_of_work() as work:
                ended = end_membership(work, membership_id, form.end_on.data, version=int(form.version.data or 0))
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("The end is noted."), "success")
            return redirect(url_for("people_pages.show_person", person_id=ended.person_id), 303)
    with reading() as session:
        membership = get_membership(session, membership_id)
        principal().demand("officer", membership.body)
        if request.method == "GET":
            form.version.data, form.end_on.data = str(membership.version), today()
        page = render_template("memberships/end.html", form=form, membership=membership)
    return page, 422 if form.errors else 200
