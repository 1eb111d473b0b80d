"""Cases of somebody whose record was merged into another one or erased."""

from uuid import UUID

from sqlalchemy import select

from shared.principal import SYSTEM
from shared.testing.delivery import receive, recorded
from welfare import wall
from welfare.confidential.models import CaseText
from welfare.disputes.commands import open_dispute
from welfare.lookups import Person
from welfare.relief.models import Disbursement, ReliefApplication, ReliefDecision, ReliefHand
from welfare.relief.payments import pay_out
from welfare.talks.commands import record_talk
from welfare.talks.models import Talk


def paid(centre, person: int = 1) -> ReliefApplication:
    made = centre.application(centre.fund(), person=person, approved=True)
    with centre.work(centre.payer) as work:
        pay_out(work, made.id, today=centre.today)
    return made


def tell(centre, name: str, person_id: UUID, **more: UUID) -> None:
    said = {key: str(value) for key, value in more.items()}
    receive(centre.runtime, "membership", name, person_id, {"person_id": str(person_id), **said})


def people_in(centre, application: ReliefApplication) -> set[UUID]:
    with centre.runtime.reading() as session:
        row = wall.find(session, ReliefApplication, application.id, SYSTEM)
        return {row.person_id, *(hand.person_id for hand in row.hands), *(one.applicant_id for one in row.decisions)}


def test_a_paid_application_moves_with_all_that_is_bound_to_it(centre) -> None:
    application = paid(centre)
    tell(centre, "person.merged", centre.person(1), into_id=centre.person(2))
    named = people_in(centre, application)
    assert centre.person(2) in named
    assert centre.person(1) not in named
    with centre.runtime.reading() as session:
        amounts = wall.visible(select(Disbursement.amount), SYSTEM)
        assert [str(amount) for amount in session.scalars(amounts)] == ["2000.00"]
    [done] = recorded(centre.runtime, "merge.done")
    assert {"what": "relief-applications", "count": 1} in done.data["counts"]


def test_an_application_whose_two_pairs_of_eyes_were_one_person_stays_as_it_was_decided(centre) -> None:
    application = paid(centre)
    with centre.runtime.reading() as session:
        approver = session.scalars(select(ReliefDecision.approver_id)).one()
    tell(centre, "person.merged", approver, into_id=centre.person(1))
    assert approver in people_in(centre, application)
    [done] = recorded(centre.runtime, "merge.done")
    assert done.data["counts"] == [{"what": "kept-apart", "count": 1}]
    with centre.runtime.reading() as session:
        assert len(session.scalars(select(ReliefHand)).all()) >= 3


def test_an_erased_person_leaves_amounts_and_no_text_and_no_name(centre, when) -> None:
    paid(centre, person=3)
    with centre.work() as work:
        talk = record_talk(
            work, centre.keys, body="union", person_id=centre.person(3), starts_at=when(0, day=20),
            ends_at=when(1, day=20), outcome="advised", note="SECRET-NOTE",
        )  # fmt: skip
    tell(centre, "person.erased", centre.person(3))
    with centre.runtime.reading() as session:
        assert session.scalars(wall.visible(select(CaseText), SYSTEM)).all() == []
        assert wall.find(session, Talk, talk.id, SYSTEM).outcome == "advised"
        assert session.get(Person, centre.person(3)) is None
        assert [str(one) for one in session.scalars(wall.visible(select(Disbursement.amount), SYSTEM))] == ["2000.00"]
    [done] = recorded(centre.runtime, "erasure.done")
    assert {one["what"] for one in done.data["counts"]} == {"cases", "names", "texts"}


def test_only_that_something_is_going_on_is_said_and_not_what(centre) -> None:
    with centre.work() as work:
        open_dispute(
            work, centre.keys, body="union", person_ids=[centre.person(1), centre.person(2)], kind="wages",
            opened_on=centre.today, today=centre.today,
        )  # fmt: skip
    tell(centre, "person.erasure-requested", centre.person(1), request_id=centre.person(9))
    tell(centre, "person.erasure-requested", centre.person(3), request_id=centre.person(8))
    said = [event.data["still_open"] for event in recorded(centre.runtime, "erasure.checked")]
    assert said == [[{"what": "matters", "count": 1}], []]
