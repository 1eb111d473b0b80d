"""Dues on the database: a month is generated once, payments settle it, waivers lower it, files bring payments."""

import base64
import io
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from openpyxl import load_workbook
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from membership.app import create_app
from membership.dues.commands import generate_month, grant_waiver, pay_dues, set_base
from membership.dues.importing import import_payments
from membership.dues.models import DuesAssessment, DuesPayment
from membership.dues.queries import overdue_count, sums
from membership.dues.reversals import reverse_payment
from membership.dues.timers import generate_dues
from membership.memberships.models import Membership
from membership.organisations.models import Organisation
from membership.people.models import Person
from membership.settings import Centre
from shared.database import violated
from shared.principal import Grant, Principal
from shared.refusal import Forbidden, Refused
from shared.runtime import Runtime
from shared.testing.delivery import recorded
from shared.testing.fakes import SettableClock
from shared.testing.parallel import at_once
from shared.testing.web import add_staff, bearer, form_fields, sign_in

NOVEMBER = date(2026, 11, 1)


@pytest.fixture
def member(
    runtime: Runtime, register: Callable[..., Person], branch: Organisation, join: Callable[..., Membership]
) -> Person:
    person = register("林海", phone="13800138000")
    join(person, branch, start_on=date(2026, 10, 1))
    with runtime.unit_of_work() as work:
        set_base(work, person.id, category="employed", base=Decimal("4000"), from_month=date(2026, 10, 1))
    return person


def months(runtime: Runtime) -> list[tuple[date, Decimal, Decimal]]:
    with runtime.reading() as session:
        rows = session.scalars(select(DuesAssessment).order_by(DuesAssessment.month)).all()
        return [(row.month, row.amount, row.paid) for row in rows]


def generate(runtime: Runtime, month: date) -> int:
    with runtime.unit_of_work() as work:
        return generate_month(work, month)


def pay(runtime: Runtime, centre: Centre, person: Person, amount: str, **more: object) -> DuesPayment:
    with runtime.unit_of_work() as work:
        day = date(2026, 11, 20)
        given = {"paid_on": day, "method": "cash", **more}
        return pay_dues(work, person.id, amount=Decimal(amount), centre=centre, **given)


def test_generating_a_month_again_and_from_several_sides_adds_nothing(
    runtime: Runtime, register: Callable[..., Person], branch: Organisation, join: Callable[..., Membership]
) -> None:
    for number in range(6):
        person = register(f"党员{number}", phone=f"1380013800{number}")
        join(person, branch, role="member" if number else "probationary-member")
        with runtime.unit_of_work() as work:
            set_base(work, person.id, category="student", base=Decimal(), from_month=NOVEMBER)
    made = at_once(*[lambda: generate(runtime, NOVEMBER)] * 3)
    assert (sum(made), generate_dues(runtime), len(months(runtime))) == (6, 0, 6)
    assert len(recorded(runtime, "dues.due")) == 6


def test_who_is_no_member_on_the_first_or_has_no_base_owes_nothing(
    runtime: Runtime,
    member: Person,
    register: Callable[..., Person],
    branch: Organisation,
    join: Callable[..., Membership],
) -> None:
    join(register("无基数", phone="13800138001"), branch)
    assert generate(runtime, date(2026, 9, 1)) == 0
    assert generate(runtime, NOVEMBER) == 1
    assert months(runtime) == [(NOVEMBER, Decimal("40.00"), Decimal("0.00"))]


def test_a_month_begins_and_is_assessed_by_itself(runtime: Runtime, member: Person, clock: SettableClock) -> None:
    assert generate_dues(runtime) == 1
    clock.advance(days=30)
    assert (generate_dues(runtime), generate_dues(runtime)) == (1, 0)
    assert [month for month, _, _ in months(runtime)] == [NOVEMBER, date(2026, 12, 1)]


def test_a_payment_settles_the_oldest_month_first_and_says_so(runtime: Runtime, centre: Centre, member: Person) -> None:
    generate(runtime, date(2026, 10, 1))
    generate(runtime, NOVEMBER)
    first = pay(runtime, centre, member, "55.50")
    assert [paid for _, _, paid in months(runtime)] == [Decimal("40.00"), Decimal("15.50")]
    assert [event.data["month"] for event in recorded(runtime, "dues.paid")] == ["2026-10"]
    with pytest.raises(Refused) as caught:
        pay(runtime, centre, member, "24.51")
    assert caught.value.code == "more-than-owed"
    second = pay(runtime, centre, member, "24.50")
    assert (first.number, second.number) == ("2026-000001", "2026-000002")
    with runtime.reading() as session:
        assert sums(session, NOVEMBER).open == 0


def test_two_payments_at_a_time_take_no_more_than_is_owed(runtime: Runtime, centre: Centre, member: Person) -> None:
    generate(runtime, NOVEMBER)

    def pay_once() -> str:
        pay(runtime, centre, member, "30.00")
        return "paid"

    assert sorted(at_once(*[pay_once] * 4)) == ["more-than-owed"] * 3 + ["paid"]
    with pytest.raises(IntegrityError) as caught, runtime.database.writing() as session:
        session.execute(text("UPDATE dues_assessments SET paid = amount + 1"))
    assert violated(caught.value) == "ck_dues_assessments_paid"


def test_paid_dues_stay_with_the_branch_that_received_them(
    runtime: Runtime, centre: Centre, member: Person, found: Callable[..., Organisation], branch: Organisation
) -> None:
    generate(runtime, NOVEMBER)
    payment = pay(runtime, centre, member, "40.00")
    assert payment.organisation_id == branch.id


def test_a_waiver_lowers_open_months_and_ends(
    runtime: Runtime, centre: Centre, member: Person, clerk: Callable[..., Principal]
) -> None:
    generate(runtime, NOVEMBER)
    wanted = {
        "first": NOVEMBER,
        "last": date(2026, 12, 1),
        "reduced_to": Decimal("5.00"),
        "decided_on": date(2026, 11, 20),
        "reason": "long illness",
        "centre": centre,
    }
    with pytest.raises(Forbidden), runtime.unit_of_work(actor=clerk("officer", "party")) as work:
        grant_waiver(work, member.id, **wanted)
    with runtime.unit_of_work(actor=clerk("manager", "party")) as work:
        grant_waiver(work, member.id, **wanted)
    generate(runtime, date(2026, 12, 1))
    generate(runtime, date(2027, 1, 1))
    assert [amount for _, amount, _ in months(runtime)] == [Decimal("5.00"), Decimal("5.00"), Decimal("40.00")]
    with pytest.raises(Refused) as caught, runtime.unit_of_work() as work:
        grant_waiver(work, member.id, **{**wanted, "first": date(2026, 12, 1), "last": date(2027, 2, 1)})
    assert caught.value.code == "waiver-overlaps"


def test_payments_come_from_a_file_whole_or_not_at_all_and_once(
    runtime: Runtime, centre: Centre, member: Person
) -> None:
    generate(runtime, NOVEMBER)
    head = "姓名,手机,金额,日期,凭证号\n"
    bad = head + "林海,13800138000,30,2026-11-20,T1\n林海,,20,2026-11-20,T2\n某某,,x,2027-01-01,T1\n"
    with pytest.raises(Refused) as caught, runtime.unit_of_work() as work:
        import_payments(work, bad.encode(), centre=centre)
    assert {reason.code for reason in caught.value.reasons} == {
        "more-than-owed",
        "amount-malformed",
        "date-invalid",
        "person-unclear",
        "twice-in-file",
    }
    assert months(runtime)[0][2] == 0
    good = head + "林海,13800138000,￥30.00,2026/11/20,T1\n林海,,10元,2026年11月20日,T2\n"
    with runtime.unit_of_work() as work:
        assert import_payments(work, good.encode("gb18030"), centre=centre) == (2, 0)
    with runtime.unit_of_work() as work:
        assert import_payments(work, good.encode(), centre=centre) == (0, 2)
    assert months(runtime)[0][2] == Decimal("40.00")


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_dues_are_entered_paid_and_receipted_by_forms(runtime: Runtime, member: Person, language: str) -> None:
    app = create_app(runtime)
    add_staff(runtime, "party", Grant("manager", "party"), language=language)
    add_staff(runtime, "union", Grant("manager", "union"), language=language)
    browser = app.test_client()
    sign_in(browser, "party")

    def send(url: str, **fields: object) -> object:
        return browser.post(url, data={**form_fields(browser, url), **fields})

    card = f"/dues/people/{member.id}"
    assert send(f"{card}/base", category="employed", base="6000", from_month="2026-11").status_code == 303
    fields = form_fields(browser, "/dues/?month=2026-11")
    assert browser.post("/dues/generate?month=2026-11", data=fields).status_code == 303
    assert "¥90.00" in browser.get("/dues/?month=2026-11").text
    wrong = send(f"{card}/pay", amount="90.001")
    assert wrong.status_code == 422
    asked = send(f"{card}/pay", amount="60", reference="T9")
    assert asked.status_code == 200
    assert "2026-000001" in asked.text
    assert "¥30.00" in asked.text
    assert months(runtime)[0][2] == 0
    question = asked.text.partition('class="confirm')[2].partition("</form>")[0]
    again = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', question))
    paid = browser.post(f"{card}/pay", data=again)
    assert paid.status_code == 303
    assert browser.post(f"{card}/pay", data=again).status_code == 303
    assert [row[2] for row in months(runtime)] == [Decimal("60.00")]
    assert "2026-000001" in browser.get(paid.location).text
    waived = send(f"{card}/waiver", first="2026-11", until="2027-01", reduced_to="0", reason="long illness")
    assert waived.status_code == 303
    for url in (card, "/dues/?state=overdue", "/dues/?state=paid&q=林", f"{card}/pay", "/dues/import"):
        assert browser.get(url).status_code == 200
    file = (io.BytesIO("姓名,金额,日期,凭证号\n林海,1,2026-11-20,T10\n".encode()), "p.csv")
    answer = send("/dues/import", file=file)
    assert answer.status_code == 422
    marked = answer.text.partition("base64,")[2].partition('"')[0]
    sheet = load_workbook(io.BytesIO(base64.b64decode(marked))).active
    assert sheet["B2"].comment is not None
    other = app.test_client()
    sign_in(other, "union")
    assert other.get("/dues/").status_code == 403
    assert other.get(card).status_code == 403


def test_a_wrong_payment_is_taken_back_by_somebody_else_or_a_manager(
    runtime: Runtime, centre: Centre, member: Person, clerk: Callable[..., Principal]
) -> None:
    generate(runtime, date(2026, 10, 1))
    generate(runtime, NOVEMBER)
    mine, other, manager = clerk("officer", "party"), clerk("officer", "party"), clerk("manager", "party")

    def enter(actor: Principal, amount: str, reference: str) -> DuesPayment:
        with runtime.unit_of_work(actor=actor) as work:
            day = date(2026, 11, 20)
            return pay_dues(
                work,
                member.id,
                amount=Decimal(amount),
                paid_on=day,
                method="transfer",
                reference=reference,
                centre=centre,
            )

    def take_back(actor: Principal, payment: DuesPayment, reason: str = "paid by the namesake") -> DuesPayment:
        with runtime.unit_of_work(actor=actor) as work:
            return reverse_payment(work, payment.id, reason, centre=centre)

    first = enter(mine, "50", "T1")
    with pytest.raises(Forbidden):
        take_back(mine, first)
    with pytest.raises(Refused) as short:
        take_back(other, first, "no")
    assert short.value.code == "reason-length"
    gone = take_back(other, first)
    assert (gone.number, gone.reference, gone.reversed_reference, gone.reversed_on) == (
        "2026-000001",
        None,
        "T1",
        date(2026, 11, 23),
    )
    assert [(paid, amount) for _, amount, paid in months(runtime)] == [(Decimal(), Decimal("40.00"))] * 2
    told = [(event.data["month"], event.data["paid_on"]) for event in recorded(runtime, "dues.reversed")]
    assert told == [("2026-10", None), ("2026-11", None)]
    with runtime.reading() as session:
        assert overdue_count(session, date(2026, 11, 23)) == 1
    with pytest.raises(Refused) as twice:
        take_back(manager, first)
    assert twice.value.code == "reversed-already"
    second = enter(mine, "80", "T1")
    assert second.number == "2026-000002"
    taken = at_once(*[lambda: take_back(manager, second).number] * 3)
    assert sorted(taken) == ["2026-000002", "reversed-already", "reversed-already"]
    assert [paid for _, _, paid in months(runtime)] == [Decimal(), Decimal()]


def test_a_reversal_by_form_and_a_receipt_that_says_so(runtime: Runtime, centre: Centre, member: Person) -> None:
    generate(runtime, NOVEMBER)
    payment = pay(runtime, centre, member, "40", reference="T1")
    add_staff(runtime, "party", Grant("manager", "party"), language="en")
    browser = create_app(runtime).test_client()
    sign_in(browser, "party")
    url = f"/dues/receipts/{payment.id}/reverse"
    assert browser.post(url, data={**form_fields(browser, url), "reason": "wrong person"}).status_code == 303
    shown = browser.get(f"/dues/receipts/{payment.id}").text
    for word in ("2026-000001", "Reversed", "wrong person", "¥40.00"):
        assert word in shown
    client = create_app(runtime).test_client()
    headers = {**bearer(runtime, Grant("officer", "party")), "Idempotency-Key": "r"}
    again = client.post(f"/api/v1/dues/payments/{payment.id}/reversal", headers=headers, json={"reason": "once more"})
    assert again.status_code in (403, 409)


def test_programs_enter_payments_once(runtime: Runtime, member: Person) -> None:
    generate(runtime, NOVEMBER)
    client = create_app(runtime).test_client()
    headers = bearer(runtime, Grant("officer", "party"))
    body = {"person_id": str(member.id), "amount": "40.00", "paid_on": "2026-11-20", "method": "transfer"}
    first = client.post("/api/v1/dues/payments", json=body, headers={**headers, "Idempotency-Key": "a"})
    again = client.post("/api/v1/dues/payments", json=body, headers={**headers, "Idempotency-Key": "a"})
    assert (first.status_code, again.json["id"]) == (201, first.json["id"])
    [row] = client.get("/api/v1/dues?month=2026-11", headers=headers).json["items"]
    assert (row["month"], row["amount"], row["paid"], row["paid_on"]) == ("2026-11", "40.00", "40.00", "2026-11-20")
