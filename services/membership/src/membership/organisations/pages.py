"""Staff pages about organisations: the trees, one organisation with its members, and the form."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session

from membership.current import argument_date, argument_id, today
from membership.history import history
from membership.memberships.queries import counts
from membership.memberships.visibility import seen, visible
from membership.organisations.commands import change_organisation, close_organisation, found_organisation
from membership.organisations.forms import OrganisationForm
from membership.organisations.kinds import Kind, kinds
from membership.organisations.models import Organisation
from membership.organisations.periods import names_of, of_organisation
from membership.organisations.queries import (
    Branch,
    OrganisationThen,
    ancestors,
    choosable,
    get_organisation,
    selection,
    then,
    trees,
)
from membership.organisations.rules import OrganisationData
from shared.principal import BODIES
from shared.refusal import Refused, Stale
from shared.web import (
    Column,
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
from shared.web.languages import language
from shared.web.wording import body_name

blueprint = Blueprint("organisations_pages", __name__, url_prefix="/organisations", template_folder="templates")


@blueprint.get("/")
@requires("viewer")
def list_organisations() -> ResponseReturnValue:
    """All of them as trees, now or as of a day; there are hundreds at most."""
    body, kind = request.args.get("body"), request.args.get("kind")
    day = argument_date("as_of")
    wanted = {
        "text": request.args.get("q"),
        "body": body if body in BODIES else None,
        "kind": kind if kind in kinds().by_code else None,
    }

    def listed(session: Session) -> Sequence[Branch]:
        found: Sequence[Organisation | OrganisationThen] = (
            then(session, day, **wanted) if day else session.scalars(selection(**wanted)).all()
        )
        return trees(found, counts(session, day or today()))

    if answer := exported("organisations", listed, _columns):
        return answer
    with reading() as session:
        return render_template("organisations/list.html", branches=listed(session), bodies=BODIES, day=day)


def _columns(_session: Session, rows: Sequence[Branch]) -> list[Column]:
    above = {row.organisation.id: row.organisation for row in rows}

    def parent(row: Branch) -> str:
        found = above.get(row.organisation.parent_id) if row.organisation.parent_id else None
        return found.code if found else ""

    return [
        Column(gettext("Code"), lambda row: row.organisation.code),
        Column(gettext("Chinese name"), lambda row: row.organisation.name_zh),
        Column(gettext("English name"), lambda row: row.organisation.name_en),
        Column(gettext("Kind"), lambda row: kinds().by_code[row.organisation.kind].name(language())),
        Column(gettext("Body"), lambda row: body_name(row.organisation.body)),
        Column(gettext("Under (code)"), parent),
        Column(gettext("People"), lambda row: row.members),
        Column(gettext("Closed"), lambda row: gettext("no") if row.organisation.active else gettext("yes")),
    ]


@blueprint.get("/<uuid:organisation_id>")
@requires("viewer")
def show_organisation(organisation_id: UUID) -> ResponseReturnValue:
    with reading() as session:
        organisation = get_organisation(session, organisation_id)
        below = session.scalars(selection(parent_id=organisation_id)).all()
        belong = visible(principal(), today(), organisation_id=organisation_id, as_of=today())
        page = paginate(session, belong)
        return render_template(
            "organisations/show.html",
            organisation=organisation,
            kind=kinds().by_code[organisation.kind],
            path=ancestors(session, organisation),
            periods=of_organisation(session, organisation_id),
            then_names=names_of(session, organisation_id),
            below=trees(below, counts(session, today())),
            page=replace(page, items=seen(page.items, principal())),
            entries=history(session, "organisation", organisation_id),
        )


@blueprint.route("/new", methods=["GET", "POST"])
@requires("officer")
def new_organisation() -> ResponseReturnValue:
    form = OrganisationForm()
    parent_id = argument_id("parent")
    with reading() as session:
        parent = get_organisation(session, parent_id) if parent_id else None
    offered = _offered(parent)
    form.kind.choices = choices((kind.code, kind.name(language())) for kind in offered)
    _fit(form, offered)
    del form.parent_id
    del form.since
    if form.validate_on_submit():
        data = OrganisationData(
            form.code.data, form.kind.data, form.name_zh.data, form.name_en.data, _credit_code(form)
        )
        try:
            with unit_of_work() as work:
                organisation = found_organisation(
                    work, data, parent_id=parent_id, founded_on=form.founded_on.data, today=today()
                )
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("%(name)s is entered.", name=organisation.name(language())), "success")
            return redirect(url_for(".show_organisation", organisation_id=organisation.id), 303)
    return render_template("organisations/new.html", form=form, parent=parent), 422 if form.errors else 200


@blueprint.route("/<uuid:organisation_id>/edit", methods=["GET", "POST"])
@requires("officer")
def edit_organisation(organisation_id: UUID) -> ResponseReturnValue:
    with reading() as session:
        organisation = get_organisation(session, organisation_id)
        principal().demand("officer", organisation.body)
        form = _edit_form(session, organisation)
    if form.validate_on_submit():
        changes = {
            "code": form.code.data,
            "name_zh": form.name_zh.data,
            "name_en": form.name_en.data,
            "credit_code": _credit_code(form),
        }
        if form.parent_id is not None:
            changes["parent_id"] = UUID(form.parent_id.data)
        try:
            with unit_of_work() as work:
                change_organisation(
                    work,
                    organisation_id,
                    changes,
                    version=form.sent_version,
                    today=today(),
                    since=form.since.data,
                )
        except Stale:
            with reading() as session:
                current = _edit_form(session, get_organisation(session, organisation_id), fresh=True)
                back = url_for(".show_organisation", organisation_id=organisation_id)
                return stale_page(form, current, session, subject=f"organisation/{organisation_id}", back=back)
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("The organisation is changed."), "success")
            return redirect(url_for(".show_organisation", organisation_id=organisation_id), 303)
    return render_template("organisations/edit.html", form=form, organisation=organisation), 422 if form.errors else 200


def _edit_form(session: Session, organisation: Organisation, *, fresh: bool = False) -> OrganisationForm:
    """What holds from a day on begins today, unless somebody says else."""
    stands = {"obj": organisation, "since": today()}
    form = OrganisationForm(None, **stands) if fresh else OrganisationForm(**stands)
    del form.kind, form.founded_on
    _fit(form, [kinds().by_code[organisation.kind]])
    _offer_parents(session, form, organisation)
    return form


@blueprint.route("/<uuid:organisation_id>/close", methods=["GET", "POST"])
@requires("manager")
def close(organisation_id: UUID) -> ResponseReturnValue:
    form = FlaskForm()
    with reading() as session:
        organisation = get_organisation(session, organisation_id)
    if form.validate_on_submit():
        try:
            with unit_of_work() as work:
                close_organisation(work, organisation_id, version=organisation.version, today=today())
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("%(name)s is closed.", name=organisation.name(language())), "success")
            return redirect(url_for(".show_organisation", organisation_id=organisation_id), 303)
    return render_template(
        "organisations/close.html", form=form, organisation=organisation
    ), 422 if form.errors else 200


def _offered(parent: Organisation | None) -> list[Kind]:
    """The kinds that the reader may found there."""
    known = kinds()
    codes = known.by_code[parent.kind].children if parent else [code for code in known.by_code if known.is_root(code)]
    return [known.by_code[code] for code in codes if principal().allows("officer", known.by_code[code].body)]


def _fit(form: OrganisationForm, offered: list[Kind]) -> None:
    """No field for what such an organisation does not have."""
    if not any(kind.has_credit_code for kind in offered):
        del form.credit_code


def _credit_code(form: OrganisationForm) -> str | None:
    return form.credit_code.data or None if form.credit_code is not None else None


def _offer_parents(session: Session, form: OrganisationForm, organisation: Organisation) -> None:
    """The organisations under which this kind may stand; no field for the top of a tree."""
    allowed = {code for code, kind in kinds().by_code.items() if organisation.kind in kind.children}
    if not allowed:
        del form.parent_id
        return
    found = [one.organisation for one in choosable(session) if one.organisation.kind in allowed]
    form.parent_id.choices = choices((str(one.id), one.name(language())) for one in found)
    if request.method == "GET":
        form.parent_id.data = str(organisation.parent_id)
