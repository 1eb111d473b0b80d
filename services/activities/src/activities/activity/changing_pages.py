"""Changing activities: the form, publishing, moving, places, cancelling."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from activities.activity import commands
from activities.activity.forms import (
    ActivityEditForm,
    ActivityForm,
    CapacityForm,
    MoveForm,
    ReasonForm,
    times_of,
    values_of,
)
from activities.activity.models import Activity
from activities.activity.overview import SessionShown, Shown, show_one
from activities.activity.queries import get_activity
from activities.activity.wording import either, who_is_told
from activities.lookups import resources
from activities.permissions import demand
from activities.registration.commands import set_capacity
from activities.registration.queries import concerned
from shared.database import UnitOfWork
from shared.principal import BODIES
from shared.refusal import NotFound, Refused, Stale
from shared.web import EditForm, fill_errors, principal, reading, requires, runtime, stale_page, unit_of_work
from shared.web.wording import body_name, in_words

WORDS = (
    "kind",
    "title_zh",
    "title_en",
    "description_zh",
    "description_en",
    "venue_zh",
    "venue_en",
    "registration_opens_at",
    "registration_closes_at",
    "families_may_be_passed",
)
blueprint = Blueprint("activity_changes", __name__, url_prefix="/activities", template_folder="templates")


@blueprint.route("/new", methods=["GET", "POST"])
@requires("officer")
def new_activity() -> ResponseReturnValue:
    form = ActivityForm()
    _offer(form, principal().bodies("officer"))
    if not request.form.get("more") and form.validate_on_submit():
        plan = form.plan(runtime().settings.time_zone)
        try:
            if plan is not None:
                with unit_of_work() as work:
                    activity = commands.draft_activity(work, plan)
                flash(gettext("The draft is saved. Publish it when it is ready."), "success")
                return _to(activity.id)
        except Refused as refused:
            fill_errors(form, refused)
    return render_template("activity/form.html", form=form, activity=None), 422 if form.errors else 200


@blueprint.route("/<uuid:activity_id>/edit", methods=["GET", "POST"])
@requires("officer")
def edit_activity(activity_id: UUID) -> ResponseReturnValue:
    zone = runtime().settings.time_zone
    activity = _read(activity_id)
    demand(principal(), "officer", activity.bodies)
    form = _edit_form(activity)
    published = activity.state == "published"
    if published:
        form.bodies.validators, form.sessions.min_entries = [], 0
    if not request.form.get("more") and form.validate_on_submit():
        if published:
            form.bodies.data = list(activity.bodies)
        plan = form.plan(zone)
        try:
            if plan is not None:
                names = WORDS if published else tuple(plan.__dataclass_fields__)
                with unit_of_work() as work:
                    row = _locked(work, activity_id, form)
                    commands.edit_activity(work, row, {name: getattr(plan, name) for name in names})
                flash(gettext("Saved."), "success")
                return _to(activity_id)
        except Stale:
            return _overtaken(form, activity_id)
        except Refused as refused:
            fill_errors(form, refused)
    return render_template("activity/form.html", form=form, activity=activity), 422 if form.errors else 200


def _edit_form(activity: Activity, *, fresh: bool = False) -> ActivityEditForm:
    stands = values_of(activity, runtime().settings.time_zone)
    form = ActivityEditForm(None, data=stands) if fresh else ActivityEditForm(data=stands)
    _offer(form, (body for body in BODIES if body in activity.bodies or principal().allows("officer", body)))
    return form


def _overtaken(form: ActivityEditForm, activity_id: UUID) -> ResponseReturnValue:
    """Both versions; of a published activity only what its form offers."""
    with reading() as session:
        activity = get_activity(session, activity_id)
        current = _edit_form(activity, fresh=True)
        if activity.state == "published":
            for one in (form, current):
                del one.bodies, one.sessions, one.needs
        return _both(form, current, session, activity_id)


def _locked(work: UnitOfWork, activity_id: UUID, form: EditForm) -> Activity:
    """The activity, locked; Stale when it is not any more what the form was opened with."""
    row = commands.lock_activity(work, activity_id)
    if row.version != form.sent_version:
        raise Stale(row.version)
    return row


def _both(form: EditForm, current: EditForm, session: Session, activity_id: UUID) -> ResponseReturnValue:
    back = url_for("activity_pages.show_activity", activity_id=activity_id)
    return stale_page(form, current, session, subject=f"activity/{activity_id}", back=back)


def _times(activity: Activity) -> dict[str, Any]:
    return {"sessions": times_of(activity, runtime().settings.time_zone), "version": activity.version}


@blueprint.post("/<uuid:activity_id>/publish")
@requires("manager")
def publish(activity_id: UUID) -> ResponseReturnValue:
    def said(activity: Activity) -> str:
        if activity.state == "published":
            return gettext("It is published.")
        return gettext("Facilities is asked for the place. It is published as soon as the place is granted.")

    return _do(activity_id, commands.publish_activity, said)


@blueprint.post("/<uuid:activity_id>/withdraw")
@requires("manager")
def withdraw(activity_id: UUID) -> ResponseReturnValue:
    return _do(activity_id, commands.withdraw_activity, lambda _: gettext("It is a draft again."))


@blueprint.post("/<uuid:activity_id>/settle")
@requires("manager")
def settle(activity_id: UUID) -> ResponseReturnValue:
    return _do(activity_id, commands.settle_flag, lambda _: gettext("Noted."))


@blueprint.route("/<uuid:activity_id>/move", methods=["GET", "POST"])
@requires("manager")
def move(activity_id: UUID) -> ResponseReturnValue:
    zone = runtime().settings.time_zone
    activity = _read(activity_id)
    form = MoveForm(data=_times(activity))
    if form.validate_on_submit():
        try:
            with unit_of_work() as work:
                row = _locked(work, activity_id, form)
                commands.move_activity(work, row, form.times(zone))
        except Stale:
            with reading() as session:
                current = MoveForm(None, data=_times(get_activity(session, activity_id)))
                return _both(form, current, session, activity_id)
        except Refused as refused:
            fill_errors(form, refused)
        else:
            waits = row.placing_version is not None
            flash(
                gettext("A place at the new times is asked for. Until it is granted, everything stays as it is.")
                if waits
                else gettext("It is moved. Everyone registered gets a message."),
                "success",
            )
            return _to(activity_id)
    with reading() as session:
        told = who_is_told(*concerned(session, activity, runtime().clock()))
    page = render_template("activity/move.html", form=form, activity=activity, told=told)
    return page, 422 if form.errors else 200


@blueprint.route("/<uuid:activity_id>/cancel", methods=["GET", "POST"])
@requires("manager")
def cancel(activity_id: UUID) -> ResponseReturnValue:
    form = ReasonForm()
    if form.validate_on_submit():
        try:
            with unit_of_work() as work:
                commands.cancel_activity(work, commands.lock_activity(work, activity_id), form.reason.data)
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("It is cancelled. Everyone concerned gets a message."), "success")
            return _to(activity_id)
    with reading() as session:
        activity = show_one(session, activity_id)
        confirmed, waiting = concerned(session, activity.activity, runtime().clock())
        page = render_template(
            "activity/cancel.html",
            form=form,
            activity=activity,
            consequences=_consequences(activity, confirmed, waiting),
        )
    return page, 422 if form.errors else 200


@blueprint.route("/<uuid:activity_id>/sessions/<uuid:session_id>/capacity", methods=["GET", "POST"])
@requires("officer")
def capacity(activity_id: UUID, session_id: UUID) -> ResponseReturnValue:
    with reading() as session:
        activity = show_one(session, activity_id)
    chosen = _session(activity, session_id)
    form = CapacityForm(data=_places(chosen))
    if form.validate_on_submit():
        try:
            with unit_of_work() as work:
                set_capacity(work, session_id, form.capacity.data, activity_id, before=form.sent_version)
        except Stale:
            with reading() as session:
                now = _session(show_one(session, activity_id), session_id)
                return _both(form, CapacityForm(None, data=_places(now)), session, activity_id)
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("The number of places is changed."), "success")
            return redirect(url_for("activity_pages.show_activity", activity_id=activity_id, session=session_id), 303)
    page = render_template("activity/capacity.html", form=form, activity=activity, chosen=chosen)
    return page, 422 if form.errors else 200


def _session(activity: Shown, session_id: UUID) -> SessionShown:
    for one in activity.sessions:
        if one.id == session_id:
            return one
    raise NotFound("session")


def _places(session: SessionShown) -> dict[str, int]:
    return {"capacity": session.capacity, "version": session.capacity}


def _consequences(activity: Shown, confirmed: int, waiting: int) -> list[str]:
    """Whom a cancellation concerns, and what it frees."""
    said = [who_is_told(confirmed, waiting)]
    if activity.place_version or activity.placing_version:
        place = either(activity.place_zh, activity.place_en)
        said.append(gettext("%(place)s is free again.", place=place) if place else gettext("Its place is free again."))
    said.append(gettext("It cannot be taken back."))
    return said


def _offer(form: Any, bodies: Any) -> None:
    with reading() as session:
        form.offer(bodies, body_name, resources(session))


def _do(
    activity_id: UUID,
    command: Callable[[UnitOfWork, Activity], Activity],
    said: Callable[[Activity], str],
) -> ResponseReturnValue:
    """Carry a harmless step out and go back to the activity; a rule in the way is said there."""
    try:
        with unit_of_work() as work:
            activity = command(work, commands.lock_activity(work, activity_id))
        flash(said(activity), "success")
    except Refused as refused:
        if refused.status in (403, 404):
            raise
        flash(" ".join(in_words(reason) for reason in refused.reasons), "error")
    return _to(activity_id)


def _read(activity_id: UUID) -> Activity:
    with reading() as session:
        return get_activity(session, activity_id)


def _to(activity_id: UUID) -> ResponseReturnValue:
    return redirect(url_for("activity_pages.show_activity", activity_id=activity_id), 303)
