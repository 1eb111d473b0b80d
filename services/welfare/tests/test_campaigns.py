"""Campaigns: planned, open, closed for good; their cases are of their body, their figures from the ledger."""

from datetime import date

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import IntegrityError

from shared.database.engine import violated
from shared.identifiers import new_id
from shared.principal import Grant
from shared.refusal import Forbidden, NotFound, Refused
from shared.testing.delivery import recorded
from shared.testing.parallel import at_once
from shared.testing.web import bearer
from welfare import wall
from welfare.app import create_app
from welfare.campaigns.commands import change_campaign, close_campaign, open_campaign
from welfare.campaigns.models import Campaign
from welfare.campaigns.queries import Figures, figures_of
from welfare.relief.commands import edit_application, withdraw_application
from welfare.relief.models import ReliefApplication
from welfare.relief.payments import pay_out, reverse_payment
from welfare.sample_seasons import last_summer, next_winter

PATH = "/api/v1/campaigns"


def close(centre, campaign, actor=None, **more):
    with centre.work(actor or centre.approver) as work:
        return close_campaign(work, campaign.id, today=centre.today, **more)


def pay(centre, application):
    with centre.work(centre.payer) as work:
        return pay_out(work, application.id, today=centre.today)


def figures(centre, campaign, actor=None) -> Figures:
    with centre.runtime.reading() as session:
        return figures_of(session, actor or centre.union, [campaign.id])[campaign.id]


def codes(refused) -> list[str]:
    return [reason.code for reason in refused.value.reasons]


def test_a_campaign_tells_when_it_opens_and_with_its_result_when_it_closes(centre) -> None:
    campaign = centre.campaign()
    application = centre.application(centre.fund(), campaign_id=campaign.id, approved=True)
    pay(centre, application)
    close(centre, campaign)
    said = {
        "campaign_id": str(campaign.id),
        "body": "union",
        "name_zh": "冬送温暖",
        "name_en": "Winter warmth",
        "starts_on": "2026-11-01",
        "ends_on": "2027-02-28",
    }
    [opened], [closed] = (recorded(centre.runtime, f"campaign.{verb}") for verb in ("opened", "closed"))
    assert opened.data == said
    assert closed.data == {**said, "families": 1, "amount": "2000.00"}


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ((date(2026, 12, 1), date(2026, 11, 1)), ["ends-before-it-starts", "over-already"]),
        ((date(2026, 1, 1), date(2026, 11, 22)), ["over-already"]),
    ],
)
def test_every_mistake_of_a_plan_is_named(centre, days, expected) -> None:
    foreign = centre.fund(body="women")
    with pytest.raises(Refused) as refused:
        centre.campaign(opened=False, starts_on=days[0], ends_on=days[1], fund_id=foreign.id)
    assert codes(refused) == [*expected, "fund-of-another-body"]


def test_both_days_belong_to_a_campaign(centre) -> None:
    campaign = centre.campaign(starts_on=centre.today, ends_on=centre.today)
    assert centre.application(centre.fund(), campaign_id=campaign.id).campaign_id == campaign.id


def test_a_campaign_opens_once_and_not_before_its_first_day(centre) -> None:
    early = centre.campaign(opened=False, starts_on=date(2026, 11, 24))
    with pytest.raises(Refused) as refused, centre.work(centre.approver) as work:
        open_campaign(work, early.id, today=centre.today)
    assert (codes(refused), refused.value.status) == (["not-begun"], 409)
    with pytest.raises(Refused) as refused, centre.work(centre.approver) as work:
        open_campaign(work, centre.campaign().id, today=date(2027, 3, 1))
    assert codes(refused) == ["campaign-open", "over-already"]


def test_a_closed_campaign_is_neither_opened_nor_changed_nor_named_again(centre) -> None:
    campaign = centre.campaign()
    close(centre, campaign)
    with pytest.raises(Refused) as refused, centre.work(centre.approver) as work:
        open_campaign(work, campaign.id, today=centre.today)
    assert codes(refused) == ["campaign-closed"]
    with pytest.raises(Refused) as refused, centre.work() as work:
        change_campaign(work, campaign.id, today=centre.today, name_en="Once more")
    assert codes(refused) == ["campaign-closed"]
    with pytest.raises(Refused) as refused:
        centre.application(centre.fund(), campaign_id=campaign.id)
    assert codes(refused) == ["campaign-not-open"]


def test_the_database_does_not_let_a_closed_campaign_open_either(centre) -> None:
    campaign = centre.campaign()
    close(centre, campaign)
    with pytest.raises(IntegrityError) as refused, centre.work() as work:
        work.session.execute(update(Campaign).values(state="open", closed_on=None))
    assert violated(refused.value) == "campaigns_never_go_back"


def test_a_campaign_does_not_close_while_a_case_waits(centre) -> None:
    campaign = centre.campaign()
    application = centre.application(centre.fund(), campaign_id=campaign.id)
    with pytest.raises(Refused, match="still wait") as refused:
        close(centre, campaign)
    assert codes(refused) == ["cases-wait"]
    with centre.work() as work:
        withdraw_application(work, application.id, today=centre.today)
    assert close(centre, campaign).state == "closed"


def test_an_open_campaign_keeps_its_first_day_and_its_fund(centre) -> None:
    campaign = centre.campaign()
    with pytest.raises(Refused) as refused, centre.work() as work:
        change_campaign(
            work,
            campaign.id,
            today=centre.today,
            starts_on=date(2026, 11, 2),
            ends_on=date(2026, 11, 1),
            fund_id=centre.fund().id,
        )
    assert codes(refused) == ["start-is-fixed", "fund-is-fixed", "ends-before-it-starts", "over-already"]
    with centre.work() as work:
        assert change_campaign(work, campaign.id, today=centre.today, ends_on=centre.today).ends_on == centre.today


def test_every_reason_why_a_case_cannot_name_a_campaign_is_given(centre) -> None:
    own, other = centre.fund(code="own"), centre.fund(code="other")
    campaign = centre.campaign(opened=False, starts_on=date(2026, 12, 1), fund_id=own.id)
    with pytest.raises(Refused) as refused:
        centre.application(other, campaign_id=campaign.id)
    assert codes(refused) == ["campaign-not-open", "outside-the-campaign", "not-the-campaigns-fund"]
    with pytest.raises(Refused) as refused:
        centre.application(other, campaign_id=campaign.id, body="women")
    assert codes(refused) == ["campaign-of-another-body"]


def test_a_case_leaves_its_campaign_only_when_told_to(centre) -> None:
    fund = centre.fund()
    campaign = centre.campaign(fund_id=fund.id)
    application = centre.application(fund, campaign_id=campaign.id)
    with centre.work() as work:
        changed = edit_application(work, centre.keys, application.id, today=centre.today, occasion="study")
        assert changed.campaign_id == campaign.id
    other = centre.fund(code="other").id
    with pytest.raises(Refused) as refused, centre.work() as work:
        edit_application(work, centre.keys, application.id, today=centre.today, fund_id=other)
    assert codes(refused) == ["not-the-campaigns-fund"]
    with centre.work() as work:
        changed = edit_application(work, centre.keys, application.id, today=centre.today, campaign_id=None)
        assert changed.campaign_id is None


def test_the_database_keeps_a_case_and_its_campaign_in_one_body(centre) -> None:
    campaign = centre.campaign(body="women")
    application = centre.application(centre.fund())
    mine = update(ReliefApplication).where(ReliefApplication.id == application.id)
    with pytest.raises(IntegrityError), centre.work() as work:
        work.session.execute(mine.values(campaign_id=campaign.id))


def test_a_family_that_gave_everything_back_was_not_helped(centre) -> None:
    fund, campaign = centre.fund(), centre.campaign()
    first, again, other = (
        centre.application(fund, person=person, campaign_id=campaign.id, approved=True) for person in (1, 2, 3)
    )
    disbursements = [pay(centre, one) for one in (first, again, other)]
    outside = pay(centre, centre.application(fund, person=4, approved=True))
    assert outside.amount == 2000
    assert figures(centre, campaign) == Figures(families=2, amount=6000, waiting=0)
    with centre.work(centre.approver) as work:
        reverse_payment(work, disbursements[2].id, reason="returned", today=centre.today)
    assert figures(centre, campaign) == Figures(families=1, amount=4000, waiting=0)
    assert figures(centre, campaign, centre.women) == Figures()


def test_planning_is_for_officers_opening_and_closing_for_managers_of_the_body(centre) -> None:
    officer = centre.staff("officer", ("officer", "union"))
    campaign = centre.campaign(opened=False)
    with pytest.raises(Forbidden), centre.work(officer) as work:
        open_campaign(work, campaign.id, today=centre.today)
    with pytest.raises(NotFound), centre.work(centre.women) as work:
        open_campaign(work, campaign.id, today=centre.today)
    with pytest.raises(Forbidden):
        centre.campaign(actor=centre.viewer)


def test_a_case_and_the_closing_of_its_campaign_do_not_miss_each_other(centre) -> None:
    """Whoever comes first: a closed campaign never has a case that waits."""
    fund, campaign = centre.fund(), centre.campaign()

    def attempt(act) -> str:
        act()
        return "done"

    outcomes = at_once(
        lambda: attempt(lambda: centre.application(fund, campaign_id=campaign.id, visited=False)),
        lambda: attempt(lambda: close(centre, campaign)),
    )
    assert sorted(outcomes) in (["cases-wait", "done"], ["campaign-not-open", "done"])


def test_the_interface_plans_changes_opens_and_closes(centre) -> None:
    client = create_app(centre.runtime).test_client()
    headers = bearer(centre.runtime, Grant("manager", "union"))
    made = client.post(
        PATH,
        headers=headers,
        json={
            "body": "union",
            "name_zh": "冬送温暖",
            "name_en": "Winter warmth",
            "starts_on": "2026-11-01",
            "ends_on": "2027-02-28",
        },
    )
    assert made.status_code == 201, made.text
    where = f"{PATH}/{made.json['id']}"
    etag = client.get(where, headers=headers).headers["ETag"]
    assert client.patch(where, json={"purpose": "x"}, headers=headers).status_code == 428
    changed = client.patch(where, json={"purpose": "Warm rooms."}, headers={**headers, "If-Match": etag})
    assert (changed.status_code, changed.json["purpose"]) == (200, "Warm rooms.")
    assert client.patch(where, json={"purpose": "x"}, headers={**headers, "If-Match": etag}).status_code == 412
    assert client.post(f"{where}/open", headers=headers).json["state"] == "open"
    closed = client.post(f"{where}/close", headers=headers).json
    assert (closed["state"], closed["families_helped"], closed["amount_paid"]) == ("closed", 0, "0.00")
    assert [one["id"] for one in client.get(f"{PATH}?state=closed&q=WINTER", headers=headers).json["items"]] == [
        made.json["id"]
    ]
    unknown = {"campaign_id": str(new_id()), "fund_id": str(centre.fund().id), "person_id": str(centre.person(3))}
    answer = client.post(
        "/api/v1/relief-applications",
        json={"body": "union", "amount_asked": "1.00", "occasion": "other", **unknown},
        headers=headers,
    )
    assert (answer.status_code, answer.json["code"]) == (422, "campaign-unknown")


def test_cases_written_down_before_there_were_campaigns_survive_the_migration(centre, migrate_again) -> None:
    application = centre.application(centre.fund(), approved=True, circumstances="SECRET")
    pay(centre, application)
    migrate_again("0002_campaigns")
    with centre.runtime.reading() as session:
        kept = wall.find(session, ReliefApplication, application.id, centre.union)
        assert (kept.state, kept.campaign_id, kept.amount_asked) == ("paid", None, 2000)
        assert (len(kept.visits), kept.disbursement.amount) == (1, 2000)
        if centre.runtime.database.dialect == "sqlite":
            assert session.execute(text("PRAGMA foreign_key_check")).all() == []
    campaign = centre.campaign()
    assert centre.application(centre.fund(code="more"), campaign_id=campaign.id).campaign_id == campaign.id


@pytest.mark.parametrize(
    ("today", "summer", "winter"),
    [
        (date(2026, 11, 23), 2026, 2026),
        (date(2027, 2, 28), 2026, 2026),
        (date(2027, 7, 1), 2026, 2027),
        (date(2027, 9, 14), 2026, 2027),
        (date(2027, 9, 15), 2027, 2027),
    ],
)
def test_the_samples_summer_is_over_and_its_winter_is_not(today, summer, winter) -> None:
    assert (last_summer(today).starts_on.year, next_winter(today).starts_on.year) == (summer, winter)
    assert last_summer(today).settled_on < today <= next_winter(today).ends_on
