"""Staff pages about households."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from membership.add_requests.visibility import whole
from membership.current import argument_id, centre, today
from membership.history import history
from membership.households.commands import MemberData, change_household, found_household
from membership.households.forms import HouseholdForm
from membership.households.models import Household
from membership.households.queries import guardians_of, see_household, selection
from membership.people.models import Person
from membership.people.naming import named, naming_text
from membership.people.queries import get_people
from shared.refusal import Reason, Refused, Stale
from shared.web import (
    Column,
    Orders,
    exported,
    fill_errors,
    paginate,
    principal,
    reading,
    requires,
    stale_page,
    unit_of_work,
)

blueprint = Blueprint("households_pages", __name__, url_prefix="/households", template_folder="templates")
ORDERS = Orders(name=Household.name)


@blueprint.get("/")
@requires("viewer")
def list_households() -> ResponseReturnValue:
    found = selection(reader=principal(), today=today(), text=request.args.get("q"))
    if answer := exported("households", found, _columns, orders=ORDERS):
        return answer
    with reading() as session:
        return render_template("households/list.html", page=paginate(session, found, orders=ORDERS))


def _seen(session: Session, household_id: UUID) -> Household:
    return see_household(session, household_id, principal(), today())


def _columns(_session: Session, _rows: Any) -> list[Column]:
    return [
        Column(gettext("Household"), lambda household: household.name),
        Column(gettext("Adults"), lambda household: _names(household, "adult")),
        Column(gettext("Children"), lambda household: _names(household, "child")),
    ]


def _names(household: Household, part: str) -> str:
    return str(gettext(", ")).join(one.person.name for one in household.members if one.part == part)


@blueprint.get("/<uuid:household_id>")
@requires("viewer")
def show_household(household_id: UUID) -> ResponseReturnValue:
    with reading() as session:
        household = _seen(session, household_id)
        seen = whole(session, principal(), [one.person_id for one in household.members], today())
        guardians = {one: guardians_of(session, one) for one in seen}
        return render_template(
            "households/show.html",
            household=household,
            guardians=guardians,
            whole=seen,
            entries=history(session, "household", household_id),
        )


@blueprint.route("/new", methods=["GET", "POST"])
@requires("officer")
def new_household() -> ResponseReturnValue:
    form = HouseholdForm()
    adult = argument_id("adult")
    if request.method == "GET" and adult:
        with reading() as session:
            for person in get_people(session, [adult]):
                form.adults.data = naming_text(person)
                form.name.data = gettext("%(name)s's household", name=person.name)
    if form.validate_on_submit():
        try:
            with unit_of_work() as work:
                members = _members(work.session, form)
                household = found_household(work, form.name.data, members, centre=centre())
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("The household is entered."), "success")
            return redirect(url_for(".show_household", household_id=household.id), 303)
    return render_template("households/new.html", form=form), 422 if form.errors else 200


@blueprint.route("/<uuid:household_id>/edit", methods=["GET", "POST"])
@requires("officer")
def edit_household(household_id: UUID) -> ResponseReturnValue:
    with reading() as session:
        household = _seen(session, household_id)
        form, name = HouseholdForm(data=_stands(session, household)), household.name
    if form.validate_on_submit():
        try:
            with unit_of_work() as work:
                change_household(
                    work,
                    household_id,
                    version=form.sent_version,
                    centre=centre(),
                    name=form.name.data,
                    members=_members(work.session, form),
                )
        except Stale:
            with reading() as session:
                current = HouseholdForm(None, data=_stands(session, _seen(session, household_id)))
                back = url_for(".show_household", household_id=household_id)
                return stale_page(form, current, session, subject=f"household/{household_id}", back=back)
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("The household is changed."), "success")
            return redirect(url_for(".show_household", household_id=household_id), 303)
    page = render_template("households/edit.html", form=form, household_id=household_id, name=name)
    return page, 422 if form.errors else 200


def _stands(session: Session, household: Household) -> dict[str, Any]:
    """The household as its form shows it: everybody on a line of their own, without phones that are not to be seen."""
    seen = whole(session, principal(), [one.person_id for one in household.members], today())

    def line(person: Person) -> str:
        return naming_text(person) if person.id in seen else f"{person.name} {person.id}"

    named_in = {
        part: "\n".join(line(one.person) for one in household.members if one.part == part)
        for part in ("adult", "child")
    }
    return {
        "version": household.version,
        "name": household.name,
        "adults": named_in["adult"],
        "children": named_in["child"],
    }


def _members(session: Session, form: HouseholdForm) -> list[MemberData]:
    """Whom the form names; Refused with every name that fits nobody, or several."""
    members: list[MemberData] = []
    reasons: list[Reason] = []
    for part, field in (("adult", form.adults), ("child", form.children)):
        people, wrong = named(session, field.data or "", field.name)
        members += [MemberData(person.id, part) for person in people]
        reasons += wrong
    if reasons:
        raise Refused.many(reasons)
    return members
