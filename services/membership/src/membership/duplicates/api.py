"""/api/v1/duplicates and /api/v1/merges"""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from flask.views import MethodView
from sqlalchemy.orm import Session

from membership.acknowledgements.queries import answers
from membership.acknowledgements.rules import Answer
from membership.current import centre, today
from membership.duplicates.commands import decide_distinct, merge_people, take_back_distinct
from membership.duplicates.models import DistinctPair, PersonMerge
from membership.duplicates.plan import plan
from membership.duplicates.queries import Pairs, duplicates, get_merge, merges
from membership.duplicates.schemas import (
    DistinctIn,
    DistinctOut,
    MergeIn,
    MergeOut,
    MergeQuery,
    PairsOut,
    PlanOut,
    PlanQuery,
)
from membership.duplicates.telling import demand_both_whole, told_counts, told_plan
from membership.people.queries import get_person
from shared.database import UnitOfWork
from shared.web import ApiBlueprint, Page, idempotent, page_of, paginate, principal, reading, requires, unit_of_work

duplicates_blueprint = ApiBlueprint(
    "duplicates",
    __name__,
    url_prefix="/api/v1/duplicates",
    description="Two records that look like one person, and decisions that they are not.",
)
merges_blueprint = ApiBlueprint(
    "merges", __name__, url_prefix="/api/v1/merges", description="Two records that were made one, for good."
)


@dataclass(frozen=True)
class MergeRecord:
    """A merge with what the services answered."""

    merge: PersonMerge
    counts: dict[str, int]
    answers: list[Answer]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.merge, name)


def _record(session: Session, person_id: UUID) -> MergeRecord:
    merge = get_merge(session, person_id)
    return MergeRecord(merge, told_counts(merge.counts, principal()), answers(session, "merge", person_id))


@duplicates_blueprint.route("")
class Duplicates(MethodView):
    @requires("manager")
    @duplicates_blueprint.response(200, PairsOut)
    def get(self) -> Pairs:
        """Pairs with the same name and birthday, or the same telephone, that nobody decided about."""
        with reading() as session:
            return duplicates(session, principal(), today())


@duplicates_blueprint.route("/decisions")
class Decisions(MethodView):
    """The same decision twice is one decision, so no key makes it once."""

    @requires("manager")
    @duplicates_blueprint.arguments(DistinctIn)
    @duplicates_blueprint.response(201, DistinctOut)
    def post(self, data: dict[str, Any]) -> DistinctPair:
        """Decide that two records are two people."""
        with unit_of_work() as work:
            return decide_distinct(work, data["first_id"], data["second_id"], data["reason"])


@duplicates_blueprint.route("/decisions/<uuid:first_id>/<uuid:second_id>")
class OneDecision(MethodView):
    @requires("manager")
    @duplicates_blueprint.response(204)
    def delete(self, first_id: UUID, second_id: UUID) -> None:
        """Take the decision back."""
        with unit_of_work() as work:
            take_back_distinct(work, first_id, second_id)


@merges_blueprint.route("")
class Merges(MethodView):
    @requires("manager")
    @merges_blueprint.arguments(MergeQuery, location="query")
    @merges_blueprint.response(200, page_of(MergeOut))
    def get(self, query: dict[str, Any]) -> Page:
        """Merges, with who has acknowledged them."""
        with reading() as session:
            page = paginate(session, merges(), query, by=PersonMerge.person_id)
            return replace(page, items=[_record(session, one.person_id) for one in page.items])

    @requires("manager")
    @merges_blueprint.arguments(MergeIn)
    @merges_blueprint.response(201, MergeOut)
    @idempotent(load=_record)
    def post(self, work: UnitOfWork, data: dict[str, Any]) -> PersonMerge:
        """Merge one record into another one. The old id answers with the other one from then on."""
        decisions = {one["membership_id"]: one["keep"] for one in data.pop("memberships")}
        old, into = data.pop("person_id"), data.pop("into_id")
        return merge_people(work, old, into, decisions=decisions, centre=centre(), **data)


@merges_blueprint.route("/plan")
class Plan(MethodView):
    @requires("manager")
    @merges_blueprint.arguments(PlanQuery, location="query")
    @merges_blueprint.response(200, PlanOut)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """What a merge would do, what stands against it, and what has to be decided."""
        principal().demand("manager")
        with reading() as session:
            both = (query["person_id"], query["into_id"])
            old, into = (get_person(session, one) for one in both)
            demand_both_whole(session, principal(), both, today())
            planned = told_plan(plan(session, old, into), principal())
            return {**vars(planned), "two_households": bool(planned.homes)}


@merges_blueprint.route("/<uuid:person_id>")
class OneMerge(MethodView):
    @requires("manager")
    @merges_blueprint.response(200, MergeOut)
    def get(self, person_id: UUID) -> MergeRecord:
        """The merge that ended this id, and who has acknowledged it."""
        with reading() as session:
            return _record(session, person_id)
