"""Lists, searches and records among thousands of people: each statement finds its rows by an index."""

import random

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from membership.app import create_app
from membership.people.models import Person
from membership.testing.many_people import name, tokens_are_right, write_people
from shared.principal import Grant
from shared.runtime import Runtime
from shared.testing.plans import planned
from shared.testing.web import add_staff, sign_in

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]
PEOPLE = 20_000
GROWS = ("people", "person_tokens", "memberships", "audit")


@pytest.fixture
def crowd(runtime: Runtime) -> Runtime:
    write_people(runtime, PEOPLE)
    return runtime


@pytest.fixture
def client(crowd: Runtime) -> FlaskClient:
    add_staff(crowd, "officer", Grant("officer", "*"))
    browser = create_app(crowd).test_client()
    sign_in(browser, "officer")
    return browser


def test_pages_of_people_go_through_no_table_and_the_bulk_writes_what_the_product_would(
    crowd: Runtime, client: FlaskClient
) -> None:
    assert tokens_are_right(crowd)
    with crowd.reading() as session:
        assert session.scalar(select(func.count()).select_from(Person)) == PEOPLE
        someone = session.scalars(select(Person).order_by(Person.id).limit(1)).one()
    called = name(random.Random(1))
    searches = (called, called[0], "shan", "zengwen", "zm", str(someone.phone)[-6:], str(someone.phone)[-4:], "002X")
    pages = [
        "/people/",
        "/people/?sort=name",
        f"/people/{someone.id}",
        f"/people/?phone={str(someone.phone)[-4:]}",
        *(f"/people/?q={words}" for words in searches),
    ]
    for page in pages:
        with planned(crowd, *GROWS) as statements:
            assert client.get(page).status_code == 200
        assert statements
        # The newest of a list are the end of the primary key, of which a page reads some fifty entries.
        gone_through = {scan for one in statements for scan in one.scans if not _ends_with_a_page(one.statement, scan)}
        assert gone_through == set(), page


def _ends_with_a_page(statement: str, scan: str) -> bool:
    ordered = ("pk_people", "autoindex_people", "ix_people_sort_key")
    return " LIMIT " in statement.replace("\n", " ") and any(index in scan for index in ordered)
