"""Pages of bookings: list, form, detail, move, cancel, decide."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from facilities.bookings import queries
from facilities.bookings.commands import Move, NewBooking, Wish, approve, book, cancel, move, refuse
from facilities.bookings.day import asked_day, day_window, local_window
from facilities.bookings.forms import BookingForm, CancelForm, MoveForm, RefuseForm
from facilities.bookings.history import history
from facilities.occupancy.models import Occupancy
from facilities.people.queries import name_of, person_named, some_names
from facilities.resources.models import Resource
from facilities.resources.queries import pools, rooms
from facilities.wording import STATES, state_name
from shared.principal import BODIES
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
    runtime,
    stale_page,
    unit_of_work,
    with_events,
)
from shared.web.wording import body_name

blueprint = Blueprint("bookings_pages", __name__, url_prefix="/bookings", template_folder="templates")
_PLACE = select(Resource.code).where(Resource.id == Occupancy.resource_id).scalar_subquery()
ORDERS = Orders(when=Occupancy.starts_at, where=_PLACE, made=Occupancy.made_at)
OF_A_DAY = Orders("when", **ORDERS.by)


@blueprint.get("/")
@requires("viewer")
def list_bookings() -> ResponseReturnValue:
    window = day_window(asked_day()) if request.args.get("day") else None
    with reading() as session:
        places = [*rooms(session), *pools(session)]
        chosen = next((one.id for one in places if one.code == request.args.get("resource")), None)
        state = request.args.get("state", "")
        body = request.args.get("body", "")
        found = queries.list_bookings(
            resource_id=chosen,
            state=state if state in STATES else "live" if state == "live" else None,
            body=body if body in BODIES else None,
            start=window.starts_at if window else None,
            end=window.ends_at if window else None,
        )
        orders = OF_A_DAY if window else ORDERS
        page = paginate(session, found, orders=orders)
        shown = render_template("bookings/list.html", page=page, places=places, states=STATES, bodies=BODIES)
    return exported("bookings", found, _columns, orders=orders) or shown


def _columns(_session: Session, _rows: Sequence[Occupancy]) -> list[Column]:
    """As the list shows them: a confidential booking says when and where, and nothing else."""
    return [
        Column(gettext("From"), lambda row: row.starts_at),
        Column(gettext("Until"), lambda row: row.ends_at),
        Column(gettext("Where"), lambda row: row.resource.name),
        Column(gettext("Units"), lambda row: row.quantity),
        Column(gettext("What for"), lambda row: row.shown_title),
        Column(gettext("Body"), lambda row: "" if row.confidential or not row.body else body_name(row.body)),
        Column(gettext("People"), lambda row: "" if row.confidential else row.people),
        Column(gettext("State"), lambda row: state_name(row.state)),
    ]


@blueprint.route("/new", methods=["GET", "POST"])
@requires("officer")
def new_booking() -> ResponseReturnValue:
    form = BookingForm(data=_prefilled()) if request.method == "GET" else BookingForm()
    with reading() as session:
        _choose(session, form)
        names = some_names(session)
    alternatives: list[dict[str, Any]] = []
    if form.validate_on_submit():
        try:
            with unit_of_work() as work:
                row = book(work, _new(work.session, form))
        except Refused as refused:
            fill_errors(form, refused)
            alternatives = _alternatives(refused)
        else:
            if row.state == "requested":
                flash(gettext("The place is kept; a manager decides about it."), "info")
            else:
                flash(gettext("%(resource)s is booked.", resource=str(row.resource.name)), "success")
            return redirect(url_for(".show_booking", booking_id=row.id), 303)
    page = render_template("bookings/new.html", form=form, alternatives=alternatives, names=names)
    return page, 422 if form.errors else 200


@blueprint.get("/<uuid:booking_id>")
@requires("viewer")
def show_booking(booking_id: UUID) -> ResponseReturnValue:
    with reading() as session:
        row = _found(session, booking_id)
        now = runtime().clock()
        own = row.live and row.hold_id is None and row.ends_at > now
        return render_template(
            "bookings/show.html",
            booking=row,
            together=[one for one in queries.booked_together(session, row) if one.live == row.live],
            person=name_of(session, row.person_id),
            entries=with_events(session, history(session, row), [f"booking/{row.id}", f"hold/{row.hold_id}"]),
            day=row.starts_at.astimezone(runtime().settings.time_zone).date(),
            may_change=own and principal().allows("officer", row.body),
            may_decide=row.state == "requested" and principal().allows("manager", row.body),
            needs_duty=_needs_duty(row),
        )


@blueprint.route("/<uuid:booking_id>/move", methods=["GET", "POST"])
@requires("officer")
def move_booking(booking_id: UUID) -> ResponseReturnValue:
    with reading() as session:
        row = _found(session, booking_id)
        form = _move_form(session, row)
    alternatives: list[dict[str, Any]] = []
    if form.validate_on_submit():
        window = local_window(form.day.data, form.starts_at.data, form.ends_at.data)
        other = form.resource.data if form.resource.data != row.resource.code else None
        try:
            with unit_of_work() as work:
                move(work, booking_id, Move(window.starts_at, window.ends_at, other, form.sent_version))
        except Stale:
            with reading() as session:
                current = _move_form(session, _found(session, booking_id), fresh=True)
                back = url_for(".show_booking", booking_id=booking_id)
                return stale_page(form, current, session, subject=f"booking/{booking_id}", back=back)
        except Refused as refused:
            fill_errors(form, refused)
            alternatives = _alternatives(refused)
        else:
            flash(gettext("The booking was moved."), "success")
            return redirect(url_for(".show_booking", booking_id=booking_id), 303)
    page = render_template("bookings/move.html", booking=row, form=form, alternatives=alternatives)
    return page, 422 if form.errors else 200


@blueprint.route("/<uuid:booking_id>/cancel", methods=["GET", "POST"])
@requires("officer")
def cancel_booking(booking_id: UUID) -> ResponseReturnValue:
    form = CancelForm()
    if form.validate_on_submit():
        with unit_of_work() as work:
            cancel(work, booking_id, reason=form.reason.data or None)
        flash(gettext("The booking was cancelled; the place is free again."), "success")
        return redirect(url_for(".show_booking", booking_id=booking_id), 303)
    with reading() as session:
        row = _found(session, booking_id)
        together = [one for one in queries.booked_together(session, row) if one.live]
        page = render_template("bookings/cancel.html", booking=row, together=together, form=form)
    return page, 422 if form.errors else 200


@blueprint.post("/<uuid:booking_id>/approve")
@requires("manager")
def approve_booking(booking_id: UUID) -> ResponseReturnValue:
    with unit_of_work() as work:
        approve(work, booking_id)
    flash(gettext("The booking is confirmed."), "success")
    return redirect(url_for(".show_booking", booking_id=booking_id), 303)


@blueprint.route("/<uuid:booking_id>/refuse", methods=["GET", "POST"])
@requires("manager")
def refuse_booking(booking_id: UUID) -> ResponseReturnValue:
    form = RefuseForm()
    if form.validate_on_submit():
        with unit_of_work() as work:
            refuse(work, booking_id, reason=form.reason.data)
        flash(gettext("The request was declined; the place is free again."), "success")
        return redirect(url_for(".show_booking", booking_id=booking_id), 303)
    with reading() as session:
        page = render_template("bookings/refuse.html", booking=_found(session, booking_id), form=form)
    return page, 422 if form.errors else 200


def _move_form(session: Session, row: Occupancy, *, fresh: bool = False) -> MoveForm:
    form = MoveForm(None, data=_times_of(row)) if fresh else MoveForm(data=_times_of(row))
    places = rooms(session) if row.exclusive else [row.resource]
    form.resource.choices = choices((one.code, str(one.name)) for one in places)
    return form


def _found(session: Session, booking_id: UUID) -> Occupancy:
    row = queries.get_booking(session, booking_id)
    if row is None:
        raise NotFound("booking")
    return row


def _choose(session: Session, form: BookingForm) -> None:
    places = [(one.code, str(one.name)) for one in rooms(session)]
    others = [(one.code, f"{one.name} ({one.quantity})") for one in pools(session)]
    form.resource.choices = choices([("", gettext("No room")), *places])
    form.pool.choices = choices([("", gettext("None")), *others])
    form.body.choices = body_choices(principal().bodies("officer"))


def _new(session: Session, form: BookingForm) -> NewBooking:
    window = local_window(form.day.data, form.starts_at.data, form.ends_at.data)
    wishes = [Wish(form.resource.data)] if form.resource.data else []
    if form.pool.data:
        wishes.append(Wish(form.pool.data, form.quantity.data or 1))
    return NewBooking(
        wishes=wishes,
        starts_at=window.starts_at,
        ends_at=window.ends_at,
        body=form.body.data,
        title=(form.title.data or "").strip() or None,
        people=form.people.data,
        person_id=person_named(session, form.person.data),
        confidential=form.confidential.data,
    )


def _prefilled() -> dict[str, Any]:
    """What the address says already (from the calendar, the search, or an alternative); the next full hour else."""
    zone = runtime().settings.time_zone
    soon = (runtime().clock() + timedelta(hours=1)).astimezone(zone).replace(minute=0)
    given = request.args
    start = _clock(given.get("from"), soon.time() if 7 <= soon.hour <= 20 else time(9))
    until = (datetime.combine(date.min, start) + timedelta(hours=1)).time()
    return {
        "day": asked_day(),
        "starts_at": start,
        "ends_at": _clock(given.get("until"), until),
        "resource": given.get("resource", ""),
        "pool": given.get("pool", ""),
        "quantity": given.get("quantity", type=int),
        "people": given.get("people", type=int),
        "title": given.get("title", ""),
    }


def _clock(text: str | None, otherwise: time) -> time:
    try:
        return time.fromisoformat(text or "")
    except ValueError:
        return otherwise


def _times_of(row: Occupancy) -> dict[str, Any]:
    zone = runtime().settings.time_zone
    start, end = row.starts_at.astimezone(zone), row.ends_at.astimezone(zone)
    return {
        "day": start.date(),
        "starts_at": start.time(),
        "ends_at": end.time(),
        "resource": row.resource.code,
        "version": row.version,
    }


def _alternatives(refused: Refused) -> list[dict[str, Any]]:
    """The nearest alternatives of a refusal, in the form's terms."""
    zone = runtime().settings.time_zone
    found = []
    for one in refused.reasons[0].facts.get("alternatives", ()):
        start, end = one["starts_at"].astimezone(zone), one["ends_at"].astimezone(zone)
        found.append({**one, "day": start.date(), "from": f"{start:%H:%M}", "until": f"{end:%H:%M}"})
    return found


def _needs_duty(row: Occupancy) -> bool:
    """After working hours somebody of the duty team has to be there in some rooms."""
    local = row.starts_at.astimezone(runtime().settings.time_zone)
    end = row.ends_at.astimezone(runtime().settings.time_zone)
    outside = local.weekday() >= 5 or local.time() < time(8) or end.time() > time(17, 30) or end.date() > local.date()
    return row.resource.after_hours_needs_duty and outside
