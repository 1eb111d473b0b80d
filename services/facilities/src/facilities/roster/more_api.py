"""``/api/v1/shifts``, continued: series, swaps, the fair proposal, the team."""

from typing import Any
from uuid import UUID

from flask.views import MethodView
from sqlalchemy.orm import Session

from facilities.occupancy.rules import Window
from facilities.roster import queries
from facilities.roster.api import load
from facilities.roster.duties import Seat, find_duty
from facilities.roster.filling import fill, proposal_for
from facilities.roster.models import DutySwap, Shift, ShiftSeries, TeamMember
from facilities.roster.planning import ShiftPlan
from facilities.roster.rules import Pattern
from facilities.roster.schemas import (
    FillIn,
    MemberIn,
    MemberOut,
    ProposalOut,
    SeriesIn,
    SeriesOut,
    ShiftOut,
    SpanQuery,
    SwapIn,
    SwapOut,
)
from facilities.roster.series import SeriesPlan, plan_series
from facilities.roster.settings import limits_of
from facilities.roster.swaps import accept_swap, ask_swap, end_swap, find_swap
from facilities.roster.team import set_member
from shared.database import UnitOfWork
from shared.refusal import NotFound
from shared.web import ApiBlueprint, idempotent, principal, reading, requires, runtime, unit_of_work

blueprint = ApiBlueprint(
    "roster", __name__, url_prefix="/api/v1/shifts", description="Planning, swapping and filling shifts."
)


def load_series(session: Session, series_id: UUID) -> ShiftSeries:
    found = queries.get_series(session, series_id)
    if found is None:
        raise NotFound("series")
    return found


def load_swap(session: Session, swap_id: UUID) -> DutySwap:
    return find_swap(session, swap_id)


@blueprint.route("/series")
class Series(MethodView):
    @requires("officer")
    @blueprint.arguments(SeriesIn)
    @blueprint.response(201, SeriesOut)
    @idempotent(load=load_series)
    def post(self, work: UnitOfWork, data: dict[str, Any]) -> ShiftSeries:
        """Plan a rotation. 409 has the conflicts of every date under `reasons`, and nothing is stored."""
        limits = limits_of(runtime().settings)
        pattern = Pattern(data["first_day"], data["weeks"], frozenset(data["weekdays"]), data["starts"], data["ends"])
        kept = ("title_zh", "title_en", "resource_id", "place_zh", "place_en", "body")
        shift = ShiftPlan(
            starts_at=runtime().clock(),
            ends_at=runtime().clock(),
            needs={need["role"]: need["people"] for need in data["needs"]},
            **{name: data[name] for name in kept},
        )
        turns = {turn["role"]: turn["person_ids"] for turn in data["turns"]}
        plan = SeriesPlan(shift, pattern, turns)
        return plan_series(work, plan, limits=limits, skip_conflicts=data["skip_conflicts"])


@blueprint.route("/<uuid:shift_id>/swaps")
class Swaps(MethodView):
    @requires("viewer")
    @blueprint.response(200, SwapOut(many=True))
    def get(self, shift_id: UUID) -> list[DutySwap]:
        """Swaps of this shift that wait for an answer."""
        with reading() as session:
            return queries.swaps_of(session, load(session, shift_id))

    @requires("viewer")
    @blueprint.arguments(SwapIn)
    @blueprint.response(201, SwapOut)
    @idempotent(load=load_swap)
    def post(self, work: UnitOfWork, data: dict[str, Any], shift_id: UUID) -> DutySwap:
        """Ask somebody to take a duty over. 409 names every rule that the swap would break."""
        if find_duty(work.session, data["duty_id"]).shift_id != shift_id:
            raise NotFound("duty")
        return ask_swap(
            work,
            data["duty_id"],
            data["to_person_id"],
            for_duty_id=data["for_duty_id"],
            limits=limits_of(runtime().settings),
        )


@blueprint.route("/swaps/<uuid:swap_id>/accept")
class Accepted(MethodView):
    @requires("viewer")
    @blueprint.response(200, SwapOut)
    @idempotent(load=load_swap, status=200)
    def post(self, work: UnitOfWork, swap_id: UUID) -> DutySwap:
        """Agree as the one who was asked; the swap is carried out."""
        return accept_swap(work, swap_id, limits=limits_of(runtime().settings))


@blueprint.route("/swaps/<uuid:swap_id>/end")
class Ended(MethodView):
    @requires("viewer")
    @blueprint.response(200, SwapOut)
    @idempotent(load=load_swap, status=200)
    def post(self, work: UnitOfWork, swap_id: UUID) -> DutySwap:
        """Decline it as the one who was asked, or take it back as the one who asked."""
        return end_swap(work, swap_id)


@blueprint.route("/fair-fill")
class FairFill(MethodView):
    @requires("officer")
    @blueprint.arguments(SpanQuery, location="query")
    @blueprint.response(200, ProposalOut)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """A fair proposal for what is open in that time, with its ledger. Nothing is stored."""
        bodies = principal().bodies("officer")
        chosen = [body for body in bodies if query["body"] in (None, body)]
        with reading() as session:
            window = Window(query["starts_at"], query["ends_at"])
            found = proposal_for(session, window, chosen, limits_of(runtime().settings)).proposal
        seats = [{"shift_id": place.shift_id, "role": place.role, "person_id": person} for place, person in found.given]
        return {"seats": seats, "ledger": found.ledger}

    @requires("officer")
    @blueprint.arguments(FillIn)
    @blueprint.response(200, ShiftOut)
    @idempotent(load=load, status=200)
    def post(self, work: UnitOfWork, data: dict[str, Any]) -> Shift:
        """Put all these people on duty, or nobody; answers with the first shift."""
        made = fill(work, [Seat(**seat) for seat in data["seats"]], limits=limits_of(runtime().settings))
        return made[0].shift


@blueprint.route("/team")
class Team(MethodView):
    @requires("officer")
    @blueprint.response(200, MemberOut(many=True))
    def get(self) -> list[TeamMember]:
        """Who can be put on duty."""
        with reading() as session:
            return [member for member, _name in queries.team(session)]


@blueprint.route("/team/<uuid:person_id>")
class OneMember(MethodView):
    @requires("manager")
    @blueprint.arguments(MemberIn)
    @blueprint.response(200, MemberOut)
    def put(self, data: dict[str, Any], person_id: UUID) -> TeamMember:
        """Take somebody into the team, or change what they can do."""
        with unit_of_work() as work:
            known = work.session.get(TeamMember, person_id)
            account_id = known.account_id if known is not None else None
            return set_member(work, person_id, account_id=account_id, **data)
