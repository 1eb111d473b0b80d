"""The desk: everybody who has a place in a session, each with two buttons."""

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from activities.activity.overview import show_one
from activities.attendance.commands import mark_attendance
from activities.attendance.queries import roll
from activities.attendance.rules import DOORS_OPEN
from activities.permissions import allows
from shared.web import principal, reading, requires, runtime, unit_of_work

blueprint = Blueprint("attendance_pages", __name__, url_prefix="/activities", template_folder="templates")


@blueprint.get("/<uuid:activity_id>/attendance")
@requires("viewer")
def show_roll(activity_id: UUID) -> ResponseReturnValue:
    now = runtime().clock()
    with reading() as session:
        activity = show_one(session, activity_id)
        wanted = request.args.get("session")
        chosen = next((one for one in activity.sessions if str(one.id) == wanted), activity.next_session(now))
        rows = roll(session, chosen.id)
        return render_template(
            "attendance/roll.html",
            activity=activity,
            chosen=chosen,
            rows=rows,
            present=sum(mark is not None and mark.present for _, _, mark in rows),
            may_mark=allows(principal(), "officer", activity.bodies) and now >= chosen.starts_at - DOORS_OPEN,
            opens_at=chosen.starts_at - DOORS_OPEN,
            now=now,
        )


@blueprint.post("/<uuid:activity_id>/attendance")
@requires("officer")
def mark(activity_id: UUID) -> ResponseReturnValue:
    with unit_of_work() as work:
        registration_id = UUID(request.form["registration_id"])
        mark_attendance(work, registration_id, request.form.get("present") == "yes", activity_id)
    address = url_for(".show_roll", activity_id=activity_id, session=request.form.get("session_id") or None)
    return redirect(f"{address}#r-{registration_id}", 303)
