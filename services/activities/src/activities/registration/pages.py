"""Registering people at the desk, and cancelling a registration."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy import select
from sqlalchemy.orm import Session as DatabaseSession
from wtforms import BooleanField, RadioField

from activities.activity.overview import show_one
from activities.lookups import families_of, known_people, search_people
from activities.permissions import demand
from activities.registration.commands import cancel_registration, register_people
from activities.registration.models import Registration
from activities.registration.queries import get_entry, get_group
from shared.refusal import NotFound, Refused
from shared.web import choices, fill_errors, principal, reading, requires, runtime, unit_of_work
from shared.web.wording import in_words

blueprint = Blueprint("registration_pages", __name__, url_prefix="/", template_folder="templates")


class CancellationForm(FlaskForm):  # type: ignore[misc]
    reason = RadioField(_l("Why"), default="own")
    whole_group = BooleanField(_l("Also for those who were registered together"))


@blueprint.route("/activities/<uuid:activity_id>/register", methods=["GET", "POST"])
@requires("officer")
def register(activity_id: UUID) -> ResponseReturnValue:
    """Find people by name, tick one or a family, register."""
    problems: list[str] = []
    chosen_ids = _ids(request.form.getlist("person_ids"))
    if request.method == "POST":
        try:
            session_id = _session_id()
            with unit_of_work() as work:
                rows = register_people(work, activity_id, chosen_ids, session_id)
        except Refused as refused:
            if refused.status in (403, 404):
                raise
            problems = list(dict.fromkeys(in_words(reason) for reason in refused.reasons))
        else:
            _tell(rows)
            return redirect(
                url_for("activity_pages.show_activity", activity_id=activity_id, session=rows[0].session_id), 303
            )
    text = request.values.get("q", "")
    with reading() as session:
        activity = show_one(session, activity_id)
        demand(principal(), "officer", activity.bodies)
        wanted = request.values.get("session") or request.form.get("session_id")
        chosen = next((one for one in activity.sessions if str(one.id) == wanted), None)
        chosen = chosen or activity.next_session(runtime().clock())
        found = list(search_people(session, text))
        kept = known_people(session, [one for one in chosen_ids if one not in {person.id for person in found}])
        found = [*kept.values(), *found]
        page = render_template(
            "registration/register.html",
            activity=activity,
            chosen=chosen,
            text=text,
            found=found,
            families=families_of(session, [person.id for person in found]),
            ticked=set(chosen_ids),
            registered=_states(session, chosen.id),
            problems=problems,
        )
    return page, 422 if problems else 200


@blueprint.route("/registrations/<uuid:registration_id>/cancel", methods=["GET", "POST"])
@requires("officer")
def cancel(registration_id: UUID) -> ResponseReturnValue:
    form = CancellationForm()
    form.reason.choices = choices(
        [("own", gettext("The person asked for it")), ("staff", gettext("The centre decided it"))]
    )
    with reading() as session:
        entry = get_entry(session, registration_id)
        activity = show_one(session, entry.activity_id)
        together = [one for one in get_group(session, entry.group_id).registrations if one.state != "cancelled"]
    if len(together) < 2:
        del form.whole_group
    if form.validate_on_submit():
        whole = "whole_group" in form and bool(form.whole_group.data)
        try:
            with unit_of_work() as work:
                cancel_registration(work, registration_id, reason=form.reason.data, whole_group=whole)
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("The registration is cancelled."), "success")
            return redirect(
                url_for("activity_pages.show_activity", activity_id=entry.activity_id, session=entry.session_id), 303
            )
    session_shown = next(one for one in activity.sessions if one.id == entry.session_id)
    page = render_template(
        "registration/cancel.html",
        form=form,
        entry=entry,
        activity=activity,
        chosen=session_shown,
        together=[one for one in together if one.id != entry.id],
    )
    return page, 422 if form.errors else 200


def _ids(texts: list[str]) -> list[UUID]:
    """Ids from the ticked boxes, each once; what is no id is left out."""
    found = []
    for text in dict.fromkeys(texts):
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


def _session_id() -> UUID | None:
    text = request.form.get("session_id", "")
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise NotFound("session") from error


def _states(session: DatabaseSession, session_id: UUID) -> dict[UUID, str]:
    """Who of all people is registered for the session already, and how."""
    rows = session.execute(
        select(Registration.person_id, Registration.state).where(
            Registration.session_id == session_id, Registration.state != "cancelled"
        )
    )
    return {row.person_id: row.state for row in rows}


def _tell(rows: list[Registration]) -> None:
    if rows[0].state == "confirmed":
        flash(ngettext("%(num)s place is confirmed.", "%(num)s places are confirmed.", len(rows)), "success")
    else:
        flash(
            ngettext(
                "%(num)s person is on the waiting list.", "%(num)s people are on the waiting list together.", len(rows)
            ),
            "warning",
        )
