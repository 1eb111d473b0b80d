"""Disputes: opened, mediated, ended; events name people and nothing of the matter."""

from datetime import timedelta

import pytest

from shared.refusal import NotFound, Refused
from shared.testing.delivery import recorded
from welfare.disputes.commands import add_session, give_up_dispute, open_dispute, settle_dispute


def opened(centre, **more):
    with centre.work() as work:
        return open_dispute(
            work,
            centre.keys,
            body="union",
            person_ids=[centre.person(3), centre.person(4)],
            kind="wages",
            today=centre.today,
            matter="SECRET-MATTER",
            **more,
        )


def test_a_dispute_is_settled_after_mediation(centre) -> None:
    dispute = opened(centre)
    with centre.work() as work:
        add_session(work, centre.keys, dispute.id, held_on=centre.today, today=centre.today, note="SECRET-SESSION")
    with centre.work() as work:
        settle_dispute(work, centre.keys, dispute.id, closed_on=centre.today, today=centre.today, terms="SECRET-TERMS")
    events = recorded(centre.runtime)
    assert [event.type.rpartition("dispute.")[2] for event in events] == ["opened.v1", "settled.v1"]
    people = [str(centre.person(3)), str(centre.person(4))]
    assert events[1].data == {
        "dispute_id": str(dispute.id),
        "body": "union",
        "person_ids": people,
        "closed_on": str(centre.today),
    }


def test_a_dispute_does_not_end_without_a_mediation_session(centre) -> None:
    dispute = opened(centre)
    with pytest.raises(Refused) as refused, centre.work() as work:
        settle_dispute(work, centre.keys, dispute.id, closed_on=centre.today - timedelta(days=1), today=centre.today)
    assert [reason.code for reason in refused.value.reasons] == ["before-it-opened", "not-mediated"]


def test_a_dispute_ends_once(centre) -> None:
    dispute = opened(centre)
    with centre.work() as work:
        add_session(work, centre.keys, dispute.id, held_on=centre.today, today=centre.today)
    with centre.work() as work:
        give_up_dispute(work, dispute.id, closed_on=centre.today, today=centre.today)
    with pytest.raises(Refused) as refused, centre.work() as work:
        settle_dispute(work, centre.keys, dispute.id, closed_on=centre.today, today=centre.today)
    assert (refused.value.status, refused.value.code) == (409, "dispute-closed")


def test_unknown_people_are_named_one_by_one(centre) -> None:
    with pytest.raises(Refused) as refused, centre.work() as work:
        open_dispute(
            work,
            centre.keys,
            body="union",
            person_ids=[centre.person(900), centre.person(3), centre.person(901)],
            kind="work",
            today=centre.today,
        )
    assert [reason.code for reason in refused.value.reasons] == ["person-unknown", "person-unknown"]


def test_another_body_does_not_know_of_it(centre) -> None:
    dispute = opened(centre)
    with pytest.raises(NotFound), centre.work(centre.women) as work:
        give_up_dispute(work, dispute.id, closed_on=centre.today, today=centre.today)
