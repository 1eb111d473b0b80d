"""``/api/v1/bookings``."""

from typing import Any
from uuid import UUID

from flask.views import MethodView
from sqlalchemy.orm import Session

from facilities.bookings import queries
from facilities.bookings.commands import Move, NewBooking, Wish, approve, book, cancel, move, refuse
from facilities.bookings.schemas import BookingIn, BookingMove, BookingOut, BookingQuery, ReasonIn, RefusalIn
from facilities.occupancy.models import Occupancy
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
    set_etag,
    unit_of_work,
)

blueprint = ApiBlueprint(
    "bookings", __name__, url_prefix="/api/v1/bookings", description="Rooms and units taken for a time."
)


def load(session: Session, booking_id: UUID) -> Occupancy:
    """NotFound when there is no such booking."""
    found = queries.get_booking(session, booking_id)
    if found is None:
        raise NotFound("booking")
    _ = found.hold  # shown by the schema after the session is closed
    return found


@blueprint.route("")
class Bookings(MethodView):
    @requires("viewer")
    @blueprint.arguments(BookingQuery, location="query")
    @blueprint.response(200, page_of(BookingOut))
    def get(self, query: dict[str, Any]) -> Page:
        """Bookings and held places, newest first."""
        with reading() as session:
            found = queries.list_bookings(
                resource_id=query["resource_id"],
                state=query["state"],
                body=query["body"],
                start=query["starts_at"],
                end=query["ends_at"],
            )
            return paginate(session, found.options(*queries.WITH_HOLD), query)

    @requires("officer")
    @blueprint.arguments(BookingIn)
    @blueprint.response(201, BookingOut)
    @idempotent(load=load)
    def post(self, work: UnitOfWork, data: dict[str, Any]) -> Occupancy:
        """Book. 409 with every broken rule and the nearest alternatives when something stands in the way."""
        return book(work, _new(data))


@blueprint.route("/<uuid:booking_id>")
class OneBooking(MethodView):
    @requires("viewer")
    @blueprint.response(200, BookingOut)
    def get(self, booking_id: UUID) -> Occupancy:
        """One booking."""
        with reading() as session:
            found = load(session, booking_id)
            set_etag(found)
            return found

    @requires("officer")
    @blueprint.arguments(BookingMove)
    @blueprint.response(200, BookingOut)
    def patch(self, data: dict[str, Any], booking_id: UUID) -> Occupancy:
        """Move a booking, with all that was booked together with it."""
        with unit_of_work() as work:
            check_if_match(load(work.session, booking_id))
            to = Move(data["starts_at"], data["ends_at"], data["resource_id"])
            moved = move(work, booking_id, to)
            set_etag(moved)
            return load(work.session, moved.id)


@blueprint.route("/<uuid:booking_id>/cancel")
class Cancelled(MethodView):
    @requires("officer")
    @blueprint.arguments(ReasonIn)
    @blueprint.response(200, BookingOut)
    @idempotent(load=load, status=200)
    def post(self, work: UnitOfWork, data: dict[str, Any], booking_id: UUID) -> Occupancy:
        """Cancel a booking, with all that was booked together with it."""
        return cancel(work, booking_id, reason=data["reason"])


@blueprint.route("/<uuid:booking_id>/approve")
class Approved(MethodView):
    @requires("manager")
    @blueprint.response(200, BookingOut)
    @idempotent(load=load, status=200)
    def post(self, work: UnitOfWork, booking_id: UUID) -> Occupancy:
        """Confirm a requested booking."""
        return approve(work, booking_id)


@blueprint.route("/<uuid:booking_id>/refuse")
class Refusals(MethodView):
    @requires("manager")
    @blueprint.arguments(RefusalIn)
    @blueprint.response(200, BookingOut)
    @idempotent(load=load, status=200)
    def post(self, work: UnitOfWork, data: dict[str, Any], booking_id: UUID) -> Occupancy:
        """Decline a requested booking."""
        return refuse(work, booking_id, reason=data["reason"])


def _new(data: dict[str, Any]) -> NewBooking:
    if "items" in data:
        wishes = [Wish(item["resource_code"], item["quantity"]) for item in data["items"]]
    else:
        wishes = [Wish(data.get("resource_id") or data["resource_code"], data["quantity"])]
    kept = ("starts_at", "ends_at", "body", "title", "title_en", "person_id", "people", "confidential")
    return NewBooking(wishes=wishes, **{name: data[name] for name in kept})
