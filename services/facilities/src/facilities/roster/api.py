"""``/api/v1/shifts``: shifts and who is on duty in them."""

from typing import Any
from uuid import UUID

from flask.views import MethodView
from sqlalchemy.orm import Session

from facilities.bookings.schemas import ReasonIn
from facilities.roster import queries
from facilities.roster.duties import Seat, assign, find_duty, release, sign_up
from facilities.roster.models import Duty, Shift
from facilities.roster.planning import ShiftPlan, cancel_shift, change_shift, plan_shift
from facilities.roster.schemas import DutyOut, SeatIn, ShiftIn, ShiftOut, ShiftQuery
from facilities.roster.settings import limits_of
from shared.database import UnitOfWork
from shared.refusal import NotFound
from shared.web import (
    ApiBlueprint,
    Page,
    check_if_match,
    idempotent,
    page_of,
    paginate,
    reading,
    requires,
    runtime,
    set_etag,
    unit_of_work,
)

blueprint = ApiBlueprint("shifts", __name__, url_prefix="/api/v1/shifts", description="Who is on duty when.")


def load(session: Session, shift_id: UUID) -> Shift:
    """NotFound when there is no such shift."""
    shift = queries.get_shift(session, shift_id)
    if shift is None:
        raise NotFound("shift")
    _ = (shift.needs, shift.duties)  # shown by the schema after the session is closed
    return shift


def plan_of(data: dict[str, Any]) -> ShiftPlan:
    kept = ("title_zh", "title_en", "resource_id", "place_zh", "place_en", "body", "starts_at", "ends_at")
    return ShiftPlan(needs={need["role"]: need["people"] for need in data["needs"]}, **{one: data[one] for one in kept})


@blueprint.route("")
class Shifts(MethodView):
    @requires("viewer")
    @blueprint.arguments(ShiftQuery, location="query")
    @blueprint.response(200, page_of(ShiftOut))
    def get(self, query: dict[str, Any]) -> Page:
        """Shifts with who is on duty, newest first."""
        with reading() as session:
            found = queries.list_shifts(
                state=query["state"],
                body=query["body"],
                start=query["starts_at"],
                end=query["ends_at"],
                lacking=query["lacking"],
                series_id=query["series_id"],
            )
            return paginate(session, found, query)

    @requires("officer")
    @blueprint.arguments(ShiftIn)
    @blueprint.response(201, ShiftOut)
    @idempotent(load=load)
    def post(self, work: UnitOfWork, data: dict[str, Any]) -> Shift:
        """Plan a shift."""
        return plan_shift(work, plan_of(data))


@blueprint.route("/<uuid:shift_id>")
class OneShift(MethodView):
    @requires("viewer")
    @blueprint.response(200, ShiftOut)
    def get(self, shift_id: UUID) -> Shift:
        """One shift."""
        with reading() as session:
            found = load(session, shift_id)
            set_etag(found)
            return found

    @requires("officer")
    @blueprint.arguments(ShiftIn)
    @blueprint.response(200, ShiftOut)
    def patch(self, data: dict[str, Any], shift_id: UUID) -> Shift:
        """Change time, place, title or need. 409 names everybody on duty for whom the new time breaks a rule."""
        with unit_of_work() as work:
            check_if_match(load(work.session, shift_id))
            changed = change_shift(work, shift_id, plan_of(data), limits=limits_of(runtime().settings))
            work.session.flush()
            set_etag(changed)
            return load(work.session, shift_id)


@blueprint.route("/<uuid:shift_id>/cancel")
class Cancelled(MethodView):
    @requires("officer")
    @blueprint.arguments(ReasonIn)
    @blueprint.response(200, ShiftOut)
    @idempotent(load=load, status=200)
    def post(self, work: UnitOfWork, data: dict[str, Any], shift_id: UUID) -> Shift:
        """Cancel a shift and release who is on duty in it."""
        return cancel_shift(work, shift_id, reason=data["reason"])


@blueprint.route("/<uuid:shift_id>/duties")
class Duties(MethodView):
    @requires("viewer")
    @blueprint.response(200, DutyOut(many=True))
    def get(self, shift_id: UUID) -> list[Duty]:
        """Everybody who is or was on duty in this shift."""
        with reading() as session:
            return list(load(session, shift_id).duties)

    @requires("viewer")
    @blueprint.arguments(SeatIn)
    @blueprint.response(201, DutyOut)
    @idempotent(load=find_duty)
    def post(self, work: UnitOfWork, data: dict[str, Any], shift_id: UUID) -> Duty:
        """Put somebody on duty (officers), or oneself: without a person. 409 names every broken rule."""
        limits = limits_of(runtime().settings)
        if data["person_id"] is None:
            return sign_up(work, shift_id, data["role"], limits=limits)
        return assign(work, Seat(shift_id, data["role"], data["person_id"]), limits=limits)


@blueprint.route("/<uuid:shift_id>/duties/<uuid:duty_id>/release")
class Released(MethodView):
    @requires("viewer")
    @blueprint.response(200, DutyOut)
    @idempotent(load=find_duty, status=200)
    def post(self, work: UnitOfWork, shift_id: UUID, duty_id: UUID) -> Duty:
        """Give one's own duty up, or take somebody off the shift as an officer."""
        if find_duty(work.session, duty_id).shift_id != shift_id:
            raise NotFound("duty")
        return release(work, duty_id, limits=limits_of(runtime().settings))
