"""The report of a period: what belongs to which day, and that events say enough to count the same."""

import csv
import io
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from shared.principal import Grant
from shared.sample import sample_id
from shared.testing.delivery import recorded
from shared.testing.web import add_staff, bearer, sign_in
from welfare.app import create_app
from welfare.disputes.commands import add_session, give_up_dispute, open_dispute, settle_dispute
from welfare.relief.decisions import approve_application, record_visit
from welfare.relief.payments import pay_out, reverse_payment
from welfare.relief.queries import snapshots
from welfare.report.queries import period_report
from welfare.talks.commands import record_talk

ZONE = ZoneInfo("Asia/Shanghai")
OCTOBER, NOVEMBER, DECEMBER = (
    (date(2026, month, 1), date(2026, month, day)) for month, day in ((10, 31), (11, 30), (12, 31))
)


def report(centre, period, principal=None):
    with centre.runtime.reading() as session:
        return period_report(session, principal or centre.approver, *period, ZONE)


def talk(centre, starts_at: str, body: str = "union") -> None:
    begins = datetime.fromisoformat(starts_at)
    with centre.work() as work:
        record_talk(
            work,
            centre.keys,
            body=body,
            person_id=centre.person(3),
            starts_at=begins,
            ends_at=begins + timedelta(minutes=30),
            outcome="advised",
        )


def pay(centre, application, paid_on: date):
    with centre.work(centre.payer) as work:
        return pay_out(work, application.id, paid_on=paid_on, today=paid_on)


def take_back(centre, disbursement, reversed_on: date) -> None:
    with centre.work(centre.approver) as work:
        reverse_payment(work, disbursement.id, reason="returned", reversed_on=reversed_on, today=reversed_on)


def test_a_talk_belongs_to_the_day_on_which_it_began_at_the_centre(centre) -> None:
    for moment in ("2026-10-31T15:59:59Z", "2026-10-31T16:00:00Z", "2026-11-22T23:00:00Z"):
        talk(centre, moment)
    assert [report(centre, period).totals.talks_received for period in (OCTOBER, NOVEMBER, DECEMBER)] == [1, 2, 0]


def test_a_dispute_belongs_to_the_day_it_ended_and_counts_as_it_ended(centre) -> None:
    for settled, closed_on in ((True, date(2026, 10, 31)), (True, date(2026, 11, 1)), (False, date(2026, 11, 1))):
        with centre.work() as work:
            dispute = open_dispute(
                work,
                centre.keys,
                body="women",
                person_ids=[centre.person(3)],
                kind="wages",
                opened_on=date(2026, 10, 1),
                today=centre.today,
            )
            add_session(work, centre.keys, dispute.id, held_on=date(2026, 10, 2), today=centre.today)
            if settled:
                settle_dispute(work, centre.keys, dispute.id, closed_on=closed_on, today=centre.today)
            else:
                give_up_dispute(work, dispute.id, closed_on=closed_on, today=centre.today)
    found = [report(centre, period).totals for period in (OCTOBER, NOVEMBER)]
    assert [(one.disputes_settled, one.disputes_unsettled) for one in found] == [(1, 0), (1, 1)]
    told = recorded(centre.runtime, "dispute.unsettled")
    assert [event.data["closed_on"] for event in told] == ["2026-11-01"]


def test_money_that_comes_back_later_lowers_the_later_period(centre) -> None:
    fund = centre.fund()
    paid = pay(centre, centre.application(fund, approved=True, amount="1000.01"), date(2026, 11, 30))
    take_back(centre, paid, date(2026, 12, 1))
    found = [report(centre, period).totals for period in (NOVEMBER, DECEMBER, (NOVEMBER[0], DECEMBER[1]))]
    assert [one.amount_paid for one in found] == [Decimal("1000.01"), Decimal("-1000.01"), Decimal("0.00")]
    assert [one.families_helped for one in found] == [1, 0, 0]


def test_a_family_that_two_bodies_helped_counts_once_in_the_total(centre) -> None:
    fund = centre.fund()
    for person, body in ((1, "union"), (2, "women"), (3, "women")):
        pay(centre, centre.application(fund, person=person, body=body, amount="0.10", approved=True), centre.today)
    found = report(centre, NOVEMBER)
    assert {row.body: (row.families_visited, row.families_helped, row.amount_paid) for row in found.bodies} == {
        "party": (0, 0, Decimal("0.00")),
        "union": (1, 1, Decimal("0.10")),
        "league": (0, 0, Decimal("0.00")),
        "women": (2, 2, Decimal("0.20")),
    }
    totals = found.totals
    assert (totals.families_visited, totals.families_helped, totals.amount_paid) == (2, 2, Decimal("0.30"))


def test_events_and_snapshots_of_relief_say_what_the_report_counts(centre) -> None:
    application = centre.application(centre.fund(), visited=False)
    with centre.work(centre.visitor) as work:
        record_visit(work, centre.keys, application.id, visited_on=centre.today, today=centre.today, finding="SECRET")
    with centre.work(centre.approver) as work:
        approve_application(work, application.id, amount=Decimal("1500.50"), today=centre.today)
    take_back(centre, pay(centre, application, date(2026, 11, 30)), date(2026, 12, 1))
    [visited] = recorded(centre.runtime, "relief.visited")
    ids = {
        "relief_id": str(application.id),
        "person_id": str(centre.person(1)),
        "body": "union",
        "family_id": str(sample_id("household", 1)),
    }
    assert visited.data == {**ids, "visited_on": "2026-11-23"}
    [paid] = recorded(centre.runtime, "relief.paid")
    assert paid.data == {**ids, "amount": "1500.50", "paid_on": "2026-11-30"}
    [taken_back] = recorded(centre.runtime, "relief.reversed")
    assert taken_back.data == {**ids, "amount": "-1500.50", "reversed_on": "2026-12-01"}
    with centre.runtime.reading() as session:
        [(_, said)] = snapshots(session, None, None, 10)
    assert {name: said[name] for name in said if name not in ids} == {
        "state": "reversed",
        "visited_on": [date(2026, 11, 23)],
        "paid": "1500.50",
        "paid_on": date(2026, 11, 30),
        "reversed_on": date(2026, 12, 1),
    }


def signed_in(centre, *grants: Grant):
    app = create_app(centre.runtime)
    add_staff(centre.runtime, "reader", *grants)
    client = app.test_client()
    sign_in(client, "reader")
    return client


def test_the_page_and_its_export_say_the_same(centre) -> None:
    pay(centre, centre.application(centre.fund(), approved=True, amount="1234.50"), centre.today)
    talk(centre, "2026-11-22T16:00:00Z")
    client = signed_in(centre, Grant("viewer", "*"))
    address = "from=2026-11-01&to=2026-11-30"
    page = client.get(f"/report/?{address}")
    assert "/report/export.csv?from=2026-11-01&amp;to=2026-11-30" in page.text
    assert "1,234.50" in page.text
    answer = client.get(f"/report/export.csv?{address}", headers={"Accept-Language": "en"})
    assert answer.headers["Content-Disposition"] == 'attachment; filename="report-2026-11-01-2026-11-30.csv"'
    header, *rows = csv.reader(io.StringIO(answer.data.decode("utf-8-sig")))
    assert header[2:] == [
        "Body",
        "Talks received",
        "Disputes settled",
        "Disputes not settled",
        "Families visited",
        "Families helped",
        "Paid out",
    ]
    assert rows[1][2:] == ["Trade union", "1", "0", "0", "1", "1", "1234.50"]
    assert rows[-1][2:] == ["Together", "1", "0", "0", "1", "1", "1234.50"]
    assert [row[:2] for row in rows] == [["2026-11-01", "2026-11-30"]] * 5


def test_the_export_of_one_body_has_nothing_of_the_others(centre) -> None:
    pay(centre, centre.application(centre.fund(), approved=True), centre.today)
    answer = signed_in(centre, Grant("viewer", "women")).get("/report/export.csv?from=2026-11-01&to=2026-11-30")
    assert [line.split(",")[-1] for line in answer.text.splitlines()[1:]] == ["0.00", "0.00"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("from=2026-12-01&to=2026-11-30", "to"),
        ("from=0001-01-01&to=2026-11-30", "from"),
        ("from=2026-11-01&to=9999-12-31", "to"),
        ("from=2026-11-01&to=2026-11-31", "to"),
        ("from=2026-11-01", "to"),
    ],
)
def test_an_impossible_period_is_refused_by_field(centre, query: str, field: str) -> None:
    client = create_app(centre.runtime).test_client()
    headers = bearer(centre.runtime, Grant("viewer", "union"))
    answer = client.get(f"/api/v1/reports/period?{query}", headers=headers)
    assert (answer.status_code, field in str(answer.json["errors"])) == (422, True), answer.text


def test_the_page_of_an_impossible_period_shows_a_possible_one(centre) -> None:
    client = signed_in(centre, Grant("viewer", "union"))
    for query in ("from=2026-12-01&to=2026-11-30", "from=0001-01-01&to=0001-01-01", "to=9999-12-31", "from=x"):
        assert client.get(f"/report/?{query}").status_code == 200, query
