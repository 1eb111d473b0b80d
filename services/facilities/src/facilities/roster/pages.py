"""Pages of the roster: the week, one shift, planning, changing and cancelling it, and what I have to do."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from facilities.bookings.day import asked_day
from facilities.resources.queries import find_by_code, rooms
from facilities.roster import queries
from facilities.roster.duties import person_of
from facilities.roster.forms import CancelShiftForm, ShiftForm, need_fields, needs_as_data, needs_in
from facilities.roster.ledger import names_of
from facilities.roster.models import Shift
from facilities.roster.planning import ShiftPlan, cancel_shift, change_shift, plan_shift
from facilities.roster.roles import role_of
from facilities.roster.settings import limits_of
from facilities.roster.showing import (
    ended_words,
    history,
    local_shift_window,
    people_in,
    short_words,
    subjects,
    tone,
    week_of_shifts,
)
from shared.refusal import NotFound, Refused, Stale
from shared.web import (
    body_choices,
    choices,
    fill_errors,
    principal,
    reading,
    requires,
    runtime,
    stale_page,
    unit_of_work,
    with_events,
)
from shared.web.calendar import monday_of

blueprint = Blueprint("roster_pages", __name__, url_prefix="/roster", template_folder="templates")


@blueprint.get("/")
@requires("viewer")
def show_week() -> ResponseReturnValue:
    day = asked_day()
    with reading() as session:
        calendar, shifts, names = week_of_shifts(session, monday_of(day))
        return render_template(
            "roster/week.html", calendar=calendar, shifts=shifts, names=names, day=day, tone=tone, short=short_words
        )


@blueprint.get("/shifts/<uuid:shift_id>")
@requires("viewer")
def show_shift(shift_id: UUID) -> ResponseReturnValue:
    with reading() as session:
        shift = found_shift(session, shift_id)
        running = shift.state == "planned" and shift.ends_at > runtime().clock()
        swaps = queries.swaps_of(session, shift)
        names = people_in(session, [shift]) | names_of(session, {swap.to_person_id for swap in swaps})
        return render_template(
            "roster/show.html",
            shift=shift,
            names=names,
            me=person_of(session, principal()),
            swaps=swaps,
            entries=with_events(session, history(session, shift), subjects(shift)),
            running=running,
            may_plan=running and principal().allows("officer", shift.body),
            tone=tone(shift),
            short=short_words(shift),
            role_of=role_of,
            ended=ended_words,
            day=shift.starts_at.astimezone(runtime().settings.time_zone).date(),
        )


@blueprint.get("/mine")
@requires("viewer")
def my_duties() -> ResponseReturnValue:
    """What I have to do, swaps that wait for me, and what is still open."""
    with reading() as session:
        me, now = person_of(session, principal()), runtime().clock()
        swaps = queries.swaps_waiting(session, me) if me else []
        people = {swap.to_person_id for swap in swaps} | {swap.duty.person_id for swap in swaps}
        limits = limits_of(runtime().settings)
        return render_template(
            "roster/mine.html",
            me=me,
            duties=queries.duties_of(session, me, now) if me else [],
            swaps=swaps,
            names=names_of(session, people),
            open=queries.short_of_people(session, now, now + 14 * limits.soon)[:20],
            short=short_words,
            tone=tone,
        )


@blueprint.route("/shifts/new", methods=["GET", "POST"])
@requires("officer")
def new_shift() -> ResponseReturnValue:
    form = ShiftForm(data={"day": asked_day(), "need_reception": 1})
    with reading() as session:
        choose(session, form)
    if form.validate_on_submit():
        try:
            with unit_of_work() as work:
                shift = plan_shift(work, plan_in(work.session, form))
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("The shift is planned."), "success")
            return redirect(url_for(".show_shift", shift_id=shift.id), 303)
    page = render_template("roster/form.html", form=form, needs=need_fields(form), shift=None)
    return page, 422 if form.errors else 200


@blueprint.route("/shifts/<uuid:shift_id>/change", methods=["GET", "POST"])
@requires("officer")
def edit_shift(shift_id: UUID) -> ResponseReturnValue:
    with reading() as session:
        shift = found_shift(session, shift_id)
        form = _edit_form(session, shift)
    back = url_for(".show_shift", shift_id=shift_id)
    if form.validate_on_submit():
        limits = limits_of(runtime().settings)
        try:
            with unit_of_work() as work:
                plan = plan_in(work.session, form)
                change_shift(work, shift_id, plan, limits=limits, version=form.sent_version)
        except Stale:
            with reading() as session:
                current = _edit_form(session, found_shift(session, shift_id), fresh=True)
                return stale_page(form, current, session, subject=f"shift/{shift_id}", back=back)
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("The shift is changed; who is on duty is told."), "success")
            return redirect(back, 303)
    page = render_template("roster/form.html", form=form, needs=need_fields(form), shift=shift)
    return page, 422 if form.errors else 200


@blueprint.route("/shifts/<uuid:shift_id>/cancel", methods=["GET", "POST"])
@requires("officer")
def cancel(shift_id: UUID) -> ResponseReturnValue:
    form = CancelShiftForm()
    if form.validate_on_submit():
        with unit_of_work() as work:
            cancel_shift(work, shift_id, reason=form.reason.data or None)
        flash(gettext("The shift is cancelled; who was on duty is told."), "success")
        return redirect(url_for(".show_shift", shift_id=shift_id), 303)
    with reading() as session:
        shift = found_shift(session, shift_id)
        page = render_template("roster/cancel.html", shift=shift, form=form, names=people_in(session, [shift]))
    return page, 422 if form.errors else 200


def found_shift(session: Session, shift_id: UUID) -> Shift:
    shift = queries.get_shift(session, shift_id)
    if shift is None:
        raise NotFound("shift")
    return shift


def choose(session: Session, form: Any) -> None:
    places = [(one.code, str(one.name)) for one in rooms(session)]
    form.resource.choices = choices([("", gettext("No room")), *places])
    form.body.choices = body_choices(principal().bodies("officer"))


def plan_in(session: Session, form: Any) -> ShiftPlan:
    window = local_shift_window(form.day.data, form.starts_at.data, form.ends_at.data)
    room = find_by_code(session, form.resource.data) if form.resource.data else None
    words = {name: (form[name].data or "").strip() for name in ("title_zh", "title_en", "place_zh", "place_en")}
    return ShiftPlan(
        window.starts_at,
        window.ends_at,
        needs_in(form),
        resource_id=room.id if room else None,
        body=form.body.data,
        **words,
    )


def _edit_form(session: Session, shift: Shift, *, fresh: bool = False) -> ShiftForm:
    zone = runtime().settings.time_zone
    start, end = shift.starts_at.astimezone(zone), shift.ends_at.astimezone(zone)
    data = {
        "title_zh": shift.title_zh,
        "title_en": shift.title_en,
        "day": start.date(),
        "starts_at": start.time(),
        "ends_at": end.time(),
        "resource": shift.resource.code if shift.resource else "",
        "place_zh": shift.place_zh,
        "place_en": shift.place_en,
        "body": shift.body,
        "version": shift.version,
        **needs_as_data(shift.wanted),
    }
    form = ShiftForm(None, data=data) if fresh else ShiftForm(data=data)
    choose(session, form)
    return form
