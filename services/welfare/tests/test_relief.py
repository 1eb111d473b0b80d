"""Relief: four eyes by person, money that cannot be spent twice, and events that say nothing of why."""

from decimal import Decimal

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from shared.identifiers import new_id
from shared.refusal import Forbidden, NotFound, Refused
from shared.sample import sample_id
from shared.testing.delivery import recorded
from welfare import wall
from welfare.funds.models import Fund, FundEntry
from welfare.relief.commands import edit_application, withdraw_application
from welfare.relief.decisions import approve_application, decline_application, record_visit
from welfare.relief.models import Disbursement, ReliefDecision, ReliefHand
from welfare.relief.payments import pay_out, reverse_payment
from welfare.relief.queries import find_application, next_steps


def money(centre, fund) -> tuple[Decimal, Decimal, Decimal]:
    with centre.runtime.reading() as session:
        found = wall.find(session, Fund, fund.id, centre.admin)
        return found.budget, found.reserved, found.spent


def lines(centre, fund) -> list[tuple[str, str]]:
    with centre.runtime.reading() as session:
        rows = session.scalars(select(FundEntry).where(FundEntry.fund_id == fund.id).order_by(FundEntry.id))
        return [(row.kind, str(row.amount)) for row in rows]


def approve(centre, application, actor=None):
    with centre.work(actor or centre.approver) as work:
        return approve_application(work, application.id, today=centre.today)


def pay(centre, application, actor=None, **more):
    with centre.work(actor or centre.payer) as work:
        return pay_out(work, application.id, today=centre.today, **more)


def codes(refused) -> list[str]:
    return [reason.code for reason in refused.value.reasons]


def test_a_family_is_helped_in_four_steps_by_different_people(centre) -> None:
    fund = centre.fund()
    application = centre.application(fund, approved=True)
    assert money(centre, fund) == (Decimal(12000), Decimal(2000), Decimal(0))
    disbursement = pay(centre, application, receipt="R-1")
    assert (disbursement.amount, disbursement.approved_by) == (Decimal(2000), centre.approver.id)
    assert money(centre, fund) == (Decimal(12000), Decimal(0), Decimal(2000))
    assert lines(centre, fund) == [("budget", "12000.00"), ("reservation", "2000.00"), ("payment", "2000.00")]
    assert [event.type.rpartition("relief.")[2] for event in recorded(centre.runtime)] == [
        "submitted.v1",
        "visited.v1",
        "decided.v1",
        "paid.v1",
    ]
    assert recorded(centre.runtime, "relief.decided")[0].data == {
        "relief_id": str(application.id),
        "person_id": str(centre.person(1)),
        "body": "union",
        "family_id": str(sample_id("household", 1)),
        "amount": "2000.00",
        "outcome": "approved",
    }


@pytest.mark.parametrize("part", ["drafter", "visitor"])
def test_who_had_a_hand_in_asking_does_not_decide(centre, part) -> None:
    person = {"drafter": 11, "visitor": 12}[part]
    one, other = (centre.staff(f"{part}{n}", ("manager", "*"), person=person) for n in (1, 2))
    fund = centre.fund()
    application = centre.application(fund, visited=False, drafter=one if part == "drafter" else None)
    with centre.work(one if part == "visitor" else centre.visitor) as work:
        record_visit(work, centre.keys, application.id, visited_on=centre.today, today=centre.today)
    for account in (one, other):
        with pytest.raises(Refused) as refused:
            approve(centre, application, account)
        assert codes(refused) == ["four-eyes"]
        assert refused.value.reasons[0].facts["part"] == part


@pytest.mark.parametrize(("number", "part"), [(1, "applicant"), (2, "household")])
def test_the_family_does_not_decide_on_itself(centre, number, part) -> None:
    application = centre.application(centre.fund())
    with pytest.raises(Refused) as refused:
        approve(centre, application, centre.staff("relative", ("manager", "*"), person=number))
    assert refused.value.reasons[0].facts == {"part": part}


def test_a_second_account_of_the_approver_does_not_pay(centre) -> None:
    one, other = (centre.staff(f"boss{n}", ("manager", "*"), person=13) for n in (1, 2))
    application = centre.application(centre.fund())
    approve(centre, application, one)
    with pytest.raises(Refused) as refused:
        pay(centre, application, other)
    assert codes(refused) == ["four-eyes"]


def test_the_tables_themselves_hold_four_eyes(centre) -> None:
    application = centre.application(centre.fund(), approved=True)

    def insert(row) -> None:
        with pytest.raises(IntegrityError), centre.work() as work:
            work.session.add(row)

    drafter = application.drafted_by
    insert(ReliefHand(application_id=application.id, person_id=drafter, side="deciding", part="approver"))
    insert(ReliefHand(application_id=application.id, person_id=new_id(), side="deciding", part="visitor"))
    decision = application.decision
    common = {
        "outcome": "declined",
        "fund_id": decision.fund_id,
        "side": "deciding",
        "approver_name": "x",
        "applicant_id": application.person_id,
        "decided_on": centre.today,
        "created_at": centre.runtime.clock(),
        "voided_at": centre.runtime.clock(),
    }
    for approver, claimed in ((drafter, drafter), (centre.visitor.id, drafter), (centre.approver.id, new_id())):
        insert(
            ReliefDecision(
                id=new_id(), application_id=application.id, approver_id=approver, drafted_by=claimed, **common
            )
        )
    for payer, amount in ((decision.approver_id, "2000.00"), (centre.payer.id, "2000.01")):
        insert(
            Disbursement(
                id=new_id(),
                body="union",
                application_id=application.id,
                decision_id=decision.id,
                approved_by=decision.approver_id,
                fund_id=decision.fund_id,
                amount=Decimal(amount),
                paid_on=centre.today,
                paid_by=payer,
                paid_by_name="x",
                created_at=centre.runtime.clock(),
            )
        )


def test_the_database_refuses_an_overspent_fund(centre) -> None:
    fund = centre.fund("100.00")
    with pytest.raises(IntegrityError), centre.work() as work:
        work.session.execute(update(Fund).where(Fund.id == fund.id).values(spent=Decimal("100.01")))


def test_nobody_decides_before_a_visit(centre) -> None:
    application = centre.application(centre.fund(), visited=False)
    with pytest.raises(Refused) as refused:
        approve(centre, application)
    assert codes(refused) == ["not-visited"]


def test_all_reasons_are_told_at_once(centre) -> None:
    application = centre.application(centre.fund(), visited=False)
    boss = centre.staff("drafter", ("manager", "*"))
    with pytest.raises(Refused) as refused:
        approve(centre, application, boss)
    assert codes(refused) == ["not-visited", "four-eyes"]


def test_a_fund_promises_no_more_than_it_has(centre) -> None:
    fund = centre.fund("3999.99")
    approve(centre, centre.application(fund))
    with pytest.raises(Refused) as refused:
        approve(centre, centre.application(fund, person=3))
    assert (codes(refused), refused.value.status) == (["fund-exhausted"], 409)
    assert refused.value.reasons[0].facts == {"available": Decimal("1999.99"), "amount": Decimal("2000.00")}
    assert money(centre, fund)[1:] == (Decimal(2000), Decimal(0))


def test_withdrawing_gives_the_promise_back(centre) -> None:
    fund = centre.fund("2000.00")
    application = centre.application(fund, approved=True)
    with centre.work() as work:
        withdraw_application(work, application.id, today=centre.today)
    assert money(centre, fund)[1:] == (Decimal(0), Decimal(0))
    assert lines(centre, fund)[-1] == ("release", "-2000.00")
    with pytest.raises(Refused):
        pay(centre, application)
    approve(centre, centre.application(fund, person=3))


def test_a_change_after_the_approval_voids_it(centre) -> None:
    fund = centre.fund()
    application = centre.application(fund, approved=True)
    with centre.work() as work:
        edit_application(work, centre.keys, application.id, today=centre.today, amount_asked=Decimal("2500.00"))
    assert money(centre, fund)[1:] == (Decimal(0), Decimal(0))
    with pytest.raises(Refused) as refused:
        pay(centre, application)
    assert codes(refused) == ["not-approved"]
    assert [event.data["amount"] for event in recorded(centre.runtime, "relief.changed")] == ["2500.00"]
    assert approve(centre, application).decision.amount == Decimal(2500)


def test_the_approver_cannot_change_what_they_approved(centre) -> None:
    application = centre.application(centre.fund(), approved=True)
    with pytest.raises(Refused) as refused, centre.work(centre.approver) as work:
        edit_application(work, centre.keys, application.id, today=centre.today, amount_asked=Decimal(1))
    assert codes(refused) == ["four-eyes"]


def test_a_pay_out_is_made_once_and_as_approved(centre) -> None:
    application = centre.application(centre.fund(), approved=True)
    with pytest.raises(Refused) as refused:
        pay(centre, application, amount=Decimal("2000.01"))
    assert codes(refused) == ["amount-differs"]
    pay(centre, application)
    with pytest.raises(Refused) as refused:
        pay(centre, application)
    assert codes(refused) == ["already-paid"]


def test_a_reversal_is_a_negative_line_and_the_fund_has_the_money_again(centre) -> None:
    fund = centre.fund("2000.00")
    disbursement = pay(centre, centre.application(fund, approved=True))
    with centre.work(centre.approver) as work:
        reverse_payment(work, disbursement.id, reason="returned", today=centre.today)
    assert lines(centre, fund)[-2:] == [("payment", "2000.00"), ("reversal", "-2000.00")]
    assert money(centre, fund) == (Decimal(2000), Decimal(0), Decimal(0))
    [event] = recorded(centre.runtime, "relief.reversed")
    assert event.data["amount"] == "-2000.00"
    with pytest.raises(Refused), centre.work(centre.approver) as work:
        reverse_payment(work, disbursement.id, reason="returned", today=centre.today)


def test_an_officer_does_not_decide_and_another_body_does_not_even_see(centre) -> None:
    application = centre.application(centre.fund())
    with pytest.raises(Forbidden), centre.work(centre.payer) as work:
        approve_application(work, application.id, today=centre.today)
    with pytest.raises(NotFound), centre.work(centre.women) as work:
        decline_application(work, application.id, today=centre.today)


def test_an_application_names_every_mistake(centre) -> None:
    fund = centre.fund(body="women", code="women")
    with pytest.raises(Refused) as refused:
        centre.application(fund, person=999)
    assert codes(refused) == ["person-unknown", "fund-of-another-body"]


def test_the_next_step_says_who_may_take_it(centre) -> None:
    application = centre.application(centre.fund())
    boss = centre.staff("visitor", ("manager", "*"))
    for actor, open_to in ((centre.approver, True), (boss, False), (centre.payer, False)):
        with centre.runtime.reading() as session:
            steps = next_steps(find_application(session, application.id, actor), actor)
        assert [(step.name, step.open) for step in steps] == [("approve", open_to), ("decline", open_to)]


def test_the_service_itself_cannot_stand_in_for_a_person(centre) -> None:
    application = centre.application(centre.fund())
    with pytest.raises(Refused, match="A person has to do this"), centre.runtime.unit_of_work() as work:
        approve_application(work, application.id, today=centre.today)
