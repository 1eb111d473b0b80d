"""Staff pages about duplicates: the list, two records side by side, the two decisions, and what became of a merge."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from membership.acknowledgements.queries import answered_counts, answers
from membership.acknowledgements.wording import COUNT_NAMES
from membership.current import centre, today
from membership.duplicates.commands import decide_distinct, merge_people, take_back_distinct
from membership.duplicates.forms import DistinctForm, merge_form
from membership.duplicates.models import PersonMerge
from membership.duplicates.plan import MergePlan, plan
from membership.duplicates.queries import decided, duplicates, get_merge, merges
from membership.duplicates.telling import demand_both_whole, told_counts, told_plan
from membership.duplicates.wording import FIELD_NAMES, TABLE_NAMES
from membership.households.queries import household_of
from membership.memberships.visibility import of_person
from membership.people.queries import get_people, get_person, masked_id_number
from shared.former_people import current_id
from shared.refusal import Refused
from shared.web import fill_errors, paginate, principal, reading, requires, unit_of_work

blueprint = Blueprint("duplicates_pages", __name__, url_prefix="/duplicates", template_folder="templates")


@blueprint.get("/")
@requires("manager")
def list_duplicates() -> ResponseReturnValue:
    with reading() as session:
        page = paginate(session, merges(), by=PersonMerge.person_id)
        pairs = decided(session)
        people = get_people(session, [one for pair in pairs for one in (pair.first_id, pair.second_id)])
        return render_template(
            "duplicates/list.html",
            found=duplicates(session, principal(), today()),
            page=page,
            answered=answered_counts(session, "merge", [one.person_id for one in page.items]),
            stand={one.id: one for one in get_people(session, [one.into_id for one in page.items])},
            decided=pairs,
            people={one.id: one for one in people},
        )


@blueprint.get("/<uuid:first_id>/<uuid:second_id>")
@requires("manager")
def compare(first_id: UUID, second_id: UUID) -> ResponseReturnValue:
    with reading() as session:
        people = [get_person(session, one) for one in (first_id, second_id)]
        demand_both_whole(session, principal(), (first_id, second_id), today())
        return render_template(
            "duplicates/compare.html",
            people=people,
            numbers=[masked_id_number(one, centre()) for one in people],
            memberships=[of_person(session, one.id, principal(), today(), whole=True) for one in people],
            homes=[household_of(session, one.id) for one in people],
        )


@blueprint.route("/<uuid:person_id>/into/<uuid:into_id>", methods=["GET", "POST"])
@requires("manager")
def merge(person_id: UUID, into_id: UUID) -> ResponseReturnValue:
    with reading() as session:
        planned = plan(session, get_person(session, person_id), get_person(session, into_id))
        demand_both_whole(session, principal(), (person_id, into_id), today())
        planned = told_plan(planned, principal())
        form = merge_form(planned)
        if request.method == "GET":
            form.person_version.data, form.into_version.data = planned.old.version, planned.into.version
        said = _consequences(planned)
        page = {"planned": planned, "consequences": said, "blockers": planned.blockers}
    if form.validate_on_submit():
        try:
            with unit_of_work() as work:
                merge_people(work, person_id, into_id, centre=centre(), **_entered(form, planned))
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("The two records are one now; the other services are told."), "success")
            return redirect(url_for(".show_merge", person_id=person_id), 303)
    return render_template("duplicates/merge.html", form=form, **page), 422 if form.errors else 200


def _entered(form: Any, planned: MergePlan) -> dict[str, Any]:
    take = [
        one.field
        for one in planned.differences
        if f"field_{one.field}" in form and form[f"field_{one.field}"].data == "old"
    ]
    return {
        "person_version": int(form.person_version.data or 0),
        "into_version": int(form.into_version.data or 0),
        "reason": form.reason.data,
        "take": take,
        "decisions": {
            one.old.id: form[f"membership_{one.old.id.hex}"].data
            for one in planned.overlaps
            if f"membership_{one.old.id.hex}" in form
        },
        "household": form.household.data if "household" in form else None,
    }


def _consequences(planned: MergePlan) -> list[str]:
    rows = sum(planned.counts.values())
    said = [
        gettext("%(name)s stays; the other record is there no more.", name=planned.into.name),
        ngettext("%(num)s entry here moves over.", "%(num)s entries here move over.", rows) if rows else "",
        gettext("Bookings, registrations, cases and messages move over in the other four services, which answer."),
        gettext("The old id leads to this record from then on."),
        gettext("A merge cannot be undone."),
    ]
    filled = [gettext(FIELD_NAMES[one.field]) for one in planned.differences if one.empty]
    if filled:
        said.insert(1, gettext("Taken over, because it is empty there: %(fields)s.", fields=", ".join(filled)))
    return [sentence for sentence in said if sentence]


@blueprint.route("/<uuid:first_id>/<uuid:second_id>/distinct", methods=["GET", "POST"])
@requires("manager")
def distinct(first_id: UUID, second_id: UUID) -> ResponseReturnValue:
    form = DistinctForm()
    with reading() as session:
        people = [get_person(session, one) for one in (first_id, second_id)]
    if form.validate_on_submit():
        try:
            with unit_of_work() as work:
                decide_distinct(work, first_id, second_id, form.reason.data)
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("They are two people; the pair is not shown again."), "success")
            return redirect(url_for(".list_duplicates"), 303)
    return render_template("duplicates/distinct.html", form=form, people=people), 422 if form.errors else 200


@blueprint.post("/<uuid:first_id>/<uuid:second_id>/undecided")
@requires("manager")
def undecided(first_id: UUID, second_id: UUID) -> ResponseReturnValue:
    with unit_of_work() as work:
        take_back_distinct(work, first_id, second_id)
    flash(gettext("The pair is looked at again."), "success")
    return redirect(url_for(".list_duplicates"), 303)


@blueprint.get("/merges/<uuid:person_id>")
@requires("manager")
def show_merge(person_id: UUID) -> ResponseReturnValue:
    with reading() as session:
        one = get_merge(session, person_id)
        return render_template(
            "duplicates/merged.html",
            merge=one,
            counts=told_counts(one.counts, principal()),
            into=get_person(session, _stands(session, one)),
            answers=answers(session, "merge", person_id),
            count_names=COUNT_NAMES,
            table_names=TABLE_NAMES,
        )


def _stands(session: Any, merged: PersonMerge) -> UUID:
    """Which record stands today, after merges that followed."""
    return current_id(session, merged.into_id)
