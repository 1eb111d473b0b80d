"""Staff pages about people."""

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from membership.add_requests.visibility import sees_whole, whole
from membership.consents.queries import consents_of, has_consent
from membership.consents.rules import ConsentData
from membership.current import argument_id, centre, today
from membership.erasures.queries import erasure_of
from membership.history import history
from membership.households.commands import set_guardians
from membership.households.queries import children_of, guardians_of, household_of
from membership.imports.workbooks import MEDIA_TYPE
from membership.memberships.models import Membership
from membership.memberships.queries import holds_on
from membership.memberships.visibility import is_told, of_person, told
from membership.organisations.models import Organisation
from membership.organisations.queries import filter_choices
from membership.people.commands import register_person, reveal_id_number, update_person
from membership.people.export import as_csv, as_workbook
from membership.people.forms import GuardiansForm, PersonEditForm, PersonForm, RevealForm
from membership.people.models import Person
from membership.people.naming import named, naming_text
from membership.people.queries import get_people, get_person, masked_id_number, namesakes, selection
from membership.people.rules import PersonData, age, checked, is_child
from membership.people.tokens import found_by
from shared.former_people import current_id
from shared.principal import BODIES
from shared.refusal import NotFound, Refused, Stale
from shared.web import Orders, fill_errors, paginate, principal, reading, requires, stale_page, unit_of_work
from shared.web.languages import language

blueprint = Blueprint("people_pages", __name__, url_prefix="/people", template_folder="templates")
ORDERS = Orders(name=Person.sort_key, born=Person.birth_on)
IN_FILES = Orders("name", **ORDERS.by)
"""A file is in the order of the list, by name where none was chosen."""


def _wanted() -> dict[str, Any]:
    """The filters in the page's address."""
    body, order = request.args.get("body"), ORDERS.chosen()
    return {
        "reader": principal(),
        "today": today(),
        "search": found_by(request.args.get("q", ""), centre(), principal(), today()),
        "phone": request.args.get("phone"),
        "organisation_id": argument_id("organisation"),
        "body": body if body in BODIES else None,
        "by_birth": order is not None and order.name == "born",
    }


@blueprint.get("/")
@requires("viewer")
def list_people() -> ResponseReturnValue:
    with reading() as session:
        page = paginate(session, selection(**_wanted()), orders=ORDERS)
        ids = [one.id for one in page.items]
        complete = whole(session, principal(), ids, today())
        return render_template(
            "people/list.html",
            page=page,
            bodies=BODIES,
            organisations=filter_choices(session, language()),
            belongs=_organisations(session, ids, complete),
            today=today(),
            age=age,
            whole=complete,
        )


def _organisations(session: Session, people: Collection[UUID], complete: Collection[UUID]) -> dict[UUID, list[Any]]:
    """Where people hold a role today, by person: the id of each organisation and its names.

    ``complete`` are those whose whole record the reader sees.
    """
    held = (Membership.person_id, Membership.body, Membership.role)
    query = (
        select(*held, Organisation.id, Organisation.name_zh, Organisation.name_en)
        .join(Membership.organisation)
        .where(Membership.person_id.in_(people), holds_on(today()))
        .order_by(Membership.start_on)
    )
    found: dict[UUID, dict[UUID, Any]] = {}
    for row in session.execute(query):
        if is_told(principal(), row.body, row.role, whole=row.person_id in complete):
            found.setdefault(row.person_id, {}).setdefault(row.id, row)
    return {person_id: list(places.values()) for person_id, places in found.items()}


@blueprint.get("/export.csv")
@requires("officer")
def export_people() -> ResponseReturnValue:
    """Those of the list, all pages, without ID numbers."""
    return _exported("people.csv", "text/csv; charset=utf-8", lambda *rows: as_csv(*rows).encode("utf-8-sig"))


@blueprint.get("/export.xlsx")
@requires("officer")
def export_workbook() -> ResponseReturnValue:
    """The same as Excel."""
    return _exported("people.xlsx", MEDIA_TYPE, as_workbook)


def _exported(name: str, media_type: str, write: Callable[..., bytes]) -> ResponseReturnValue:
    with unit_of_work() as work:
        order = IN_FILES.chosen()
        query = selection(**_wanted())
        people = work.session.scalars(query if order is None else order.applied(query, Person.id, None)).all()
        seen = whole(work.session, principal(), [one.id for one in people], today())
        content = write([_shown_to(one, one.id in seen) for one in people], _organisations_of_all(work.session))
        work.audit("people-exported", "person/all", count=len(people))
    return content, 200, {"Content-Type": media_type, "Content-Disposition": f'attachment; filename="{name}"'}


def _demand_whole(session: Session, person_id: UUID) -> None:
    """NotFound for who sees the projection alone: a form would show what they may not see."""
    if not sees_whole(session, principal(), person_id, today()):
        raise NotFound("person")


class _Projection:
    """Of a person of another body an export says the name and where they belong."""

    phone = email = birth_on = None

    def __init__(self, person: Person) -> None:
        self.id, self.name, self.language = person.id, person.name, person.language


def _shown_to(person: Person, complete: bool) -> Any:
    return person if complete else _Projection(person)


def _organisations_of_all(session: Session) -> dict[UUID, list[str]]:
    found: dict[UUID, list[str]] = {}
    held = select(Membership).where(holds_on(today()), told(principal(), today()))
    for membership in session.scalars(held.order_by(Membership.start_on)):
        codes = found.setdefault(membership.person_id, [])
        if membership.organisation.code not in codes:
            codes.append(membership.organisation.code)
    return found


@blueprint.get("/<uuid:person_id>")
@requires("viewer")
def show_person(person_id: UUID) -> ResponseReturnValue:
    """The address of a record that was merged leads to the one that stands."""
    with reading() as session:
        if session.get(Person, person_id) is None and (stands := current_id(session, person_id)) != person_id:
            return redirect(url_for(".show_person", person_id=stands), 301)
        return _shown(session, person_id)


def _shown(session: Session, person_id: UUID, revealed: str | None = None) -> ResponseReturnValue:
    person = get_person(session, person_id)
    if person.erased_at is not None:
        return render_template("people/erased.html", person=person, erasure=erasure_of(session, person_id)), 410
    complete = sees_whole(session, principal(), person_id, today())
    return render_template(
        "people/show.html",
        person=person,
        whole=complete,
        revealed=revealed is not None,
        memberships=of_person(session, person_id, principal(), today(), whole=complete),
        today=today(),
        **(_record(session, person, revealed) if complete else {}),
    )


def _record(session: Session, person: Person, revealed: str | None) -> dict[str, Any]:
    """What the page says to those alone who see the whole record."""
    return {
        "years": age(person.birth_on, today()) if person.birth_on else None,
        "id_number": revealed or masked_id_number(person, centre()),
        "consents": consents_of(session, person.id),
        "consent_missing": is_child(person.birth_on, today()) and not has_consent(session, person.id),
        "household": household_of(session, person.id),
        "guardians": guardians_of(session, person.id),
        "children": children_of(session, person.id),
        "namesakes": namesakes(session, person, principal(), today()),
        "entries": history(session, "person", person.id),
    }


@blueprint.route("/new", methods=["GET", "POST"])
@requires("officer")
def new_person() -> ResponseReturnValue:
    form = PersonForm()
    guardian_id = argument_id("guardian")
    if request.method == "GET" and guardian_id:
        with reading() as session:
            form.guardians.data = ", ".join(naming_text(one) for one in get_people(session, [guardian_id]))
    if form.validate_on_submit():
        try:
            with unit_of_work() as work:
                guardians, unclear = named(work.session, form.guardians.data or "", "guardians")
                data = PersonData(
                    name=form.name.data,
                    language=form.language.data,
                    phone=form.phone.data,
                    email=form.email.data,
                    birth_on=form.birth_on.data,
                    id_number=form.id_number.data,
                    guardian_ids=tuple(guardian.id for guardian in guardians),
                    consent=_consent(form),
                )
                if unclear:
                    raise Refused.many([*checked(data, today())[1], *unclear])
                person = register_person(work, data, centre=centre())
        except Refused as refused:
            for field, shown in _IN_THE_FORM.items():
                refused = _at(refused, field, shown)
            fill_errors(form, refused)
        else:
            flash(gettext("%(name)s is registered.", name=person.name), "success")
            return redirect(url_for(".show_person", person_id=person.id), 303)
    return render_template("people/new.html", form=form), 422 if form.errors else 200


@blueprint.route("/<uuid:person_id>/edit", methods=["GET", "POST"])
@requires("officer")
def edit_person(person_id: UUID) -> ResponseReturnValue:
    with reading() as session:
        person = get_person(session, person_id)
        _demand_whole(session, person_id)
    form = PersonEditForm(obj=_editable(person))
    if form.validate_on_submit():
        changes: dict[str, Any] = {name: form[name].data or None for name in ("phone", "email", "birth_on")} | {
            "name": form.name.data,
            "language": form.language.data,
        }
        if form.id_number.data:
            changes["id_number"] = form.id_number.data
        try:
            with unit_of_work() as work:
                update_person(work, person_id, changes, version=form.sent_version, centre=centre())
        except Stale:
            with reading() as session:
                current = PersonEditForm(None, obj=_editable(get_person(session, person_id)))
                back = url_for(".show_person", person_id=person_id)
                return stale_page(form, current, session, subject=f"person/{person_id}", back=back)
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("The record is changed."), "success")
            return redirect(url_for(".show_person", person_id=person_id), 303)
    with reading() as session:
        page = render_template("people/edit.html", form=form, person=get_person(session, person_id))
    return page, 422 if form.errors else 200


class _editable:
    """What the edit form shows of a person: everything but the ID number."""

    def __init__(self, person: Person) -> None:
        self.version, self.name, self.language = person.version, person.name, person.language
        self.phone, self.email, self.birth_on = person.phone, person.email, person.birth_on


@blueprint.route("/<uuid:person_id>/guardians", methods=["GET", "POST"])
@requires("officer")
def edit_guardians(person_id: UUID) -> ResponseReturnValue:
    form = GuardiansForm()
    with reading() as session:
        person = get_person(session, person_id)
        _demand_whole(session, person_id)
        if request.method == "GET":
            form.version.data = str(person.version)
            form.guardians.data = "\n".join(naming_text(one) for one in guardians_of(session, person_id))
    if form.validate_on_submit():
        try:
            with unit_of_work() as work:
                people, reasons = named(work.session, form.guardians.data or "", "guardians")
                if reasons:
                    raise Refused.many(reasons)
                ids = [one.id for one in people]
                set_guardians(work, person_id, ids, version=int(form.version.data or 0), centre=centre())
        except Refused as refused:
            fill_errors(form, _at(refused, "guardian_ids", "guardians"))
        else:
            flash(gettext("The guardians are changed; messages go to them from now on."), "success")
            return redirect(url_for(".show_person", person_id=person_id), 303)
    return render_template("people/guardians.html", form=form, person=person), 422 if form.errors else 200


@blueprint.route("/<uuid:person_id>/reveal", methods=["GET", "POST"])
@requires("manager")
def reveal(person_id: UUID) -> ResponseReturnValue:
    """The number is shown in the answer to the form, and nowhere else; going back shows it masked."""
    form = RevealForm()
    if form.validate_on_submit():
        try:
            with unit_of_work() as work:
                number = reveal_id_number(work, person_id, form.reason.data, centre=centre())
        except Refused as refused:
            fill_errors(form, refused)
        else:
            with reading() as session:
                return _shown(session, person_id, revealed=number)
    with reading() as session:
        page = render_template("people/reveal.html", form=form, person=get_person(session, person_id))
    return page, 422 if form.errors else 200


_IN_THE_FORM = {
    "guardian_ids": "guardians",
    "consent": "given_on",
    "consent.given_on": "given_on",
    "consent.paper": "paper",
}


def _consent(form: PersonForm) -> ConsentData | None:
    """What the form says of it; None where both fields are empty."""
    paper = (form.paper.data or "").strip()
    return ConsentData(form.given_on.data, paper) if form.given_on.data or paper else None


def _at(refused: Refused, field: str, form_field: str) -> Refused:
    """The same reasons, those of one field at the form's field for it."""
    reasons = [replace(reason, field=form_field) if reason.field == field else reason for reason in refused.reasons]
    return Refused.many(reasons, status=refused.status)
