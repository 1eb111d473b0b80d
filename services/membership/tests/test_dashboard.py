"""The first page: counts that count everything, the month, and the ages of the Party."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from membership.app import create_app
from membership.dashboard import pages
from membership.dashboard.queries import age_pyramid, month_figures, pending_count
from membership.memberships.models import Membership
from membership.organisations.models import Organisation
from membership.people.models import Person
from membership.settings import Centre
from membership.transfers.commands import accept_transfer, request_transfer
from shared.principal import Grant
from shared.runtime import Runtime
from shared.testing.web import add_staff, sign_in

TODAY = date(2026, 11, 23)
BIRTHDAYS = (date(2001, 11, 23), date(2001, 11, 22), date(2000, 11, 24), date(2000, 11, 23), date(1960, 1, 1), None)


@pytest.fixture
def members(register: Callable[..., Person], join: Callable[..., Membership], branch: Organisation) -> list[Person]:
    made = [register(f"党员{n}", phone=f"1380013800{n}", birth_on=born) for n, born in enumerate(BIRTHDAYS)]
    for person in made[:-1]:
        join(person, branch)
    join(made[-1], branch, "activist")
    return made


def test_the_ages_of_the_party_change_on_birthdays(runtime: Runtime, members: list[Person]) -> None:
    with runtime.reading() as session:
        bands = {(one.first, one.last): (one.full, one.growing) for one in age_pyramid(session, TODAY)}
    assert bands[18, 25] == (3, 0)
    assert bands[26, 35] == (1, 0)
    assert bands[66, None] == (1, 0)
    assert bands[None, None] == (0, 1)


def test_lists_of_the_first_page_are_short_and_its_figures_are_not(
    runtime: Runtime,
    centre: Centre,
    members: list[Person],
    found: Callable[..., Organisation],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for person in members[:4]:
        with runtime.unit_of_work() as work:
            transfer = request_transfer(
                work, person.id, to_place="外地", requested_on=TODAY - timedelta(days=2), centre=centre
            )
    with runtime.unit_of_work() as work:
        accept_transfer(work, transfer.id, TODAY, version=1, centre=centre)
    monkeypatch.setattr(pages, "SHOWN", 2)
    with runtime.reading() as session:
        assert (pending_count(session), month_figures(session, TODAY).transferred) == (3, 1)
    add_staff(runtime, "party", Grant("viewer", "party"), language="en")
    browser = create_app(runtime).test_client()
    sign_in(browser, "party")
    page = browser.get("/").text
    for words in ("This week", "Figures of ", "Ages of the Party", "and 1 more"):
        assert words in page
    chart = browser.get("/charts/pyramid.svg")
    assert (chart.status_code, chart.mimetype) == (200, "image/svg+xml")
