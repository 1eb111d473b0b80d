"""What a reader sees of people is said once for statements and once for rows that were read: both must agree."""

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select

from membership.add_requests.models import AddRequest
from membership.add_requests.visibility import whole
from membership.add_requests.whole import seen_whole
from membership.app import create_app
from membership.memberships.models import Membership
from membership.memberships.queries import holds_on
from membership.memberships.visibility import is_own, is_told, of_person, own, told, visible
from membership.organisations.models import Organisation
from membership.people.models import Person
from shared.identifiers import new_id
from shared.principal import Grant, Principal
from shared.runtime import Runtime
from shared.testing.web import add_staff, sign_in

TODAY = date(2026, 11, 18)
ROLES = {
    "party": ("member", "secretary", "activist", "probationary-member"),
    "union": ("member", "chair"),
    "league": ("member",),
    "women": ("member",),
    None: ("volunteer", "served", "leader"),
}
PERIODS = ((-900, None), (-900, -300), (-300, 0), (-300, 1), (0, None), (5, None))
"""First day and the day after the last, in days from today."""
READERS = tuple(
    Principal(new_id(), "reader", grants=tuple(Grant(role, body) for role, body in held))
    for held in (
        [("viewer", "party")],
        [("officer", "union")],
        [("viewer", "union"), ("manager", "women")],
        [("viewer", "league")],
        [("viewer", body) for body in ("party", "union", "league", "women")],
        [("officer", "*")],
        [],
    )
)


@pytest.fixture
def people(
    runtime: Runtime, register: Callable[..., Person], found: Callable[..., Organisation], branch: Organisation
) -> list[Person]:
    """Sixty with up to five memberships each and, every third, a loan to some body."""
    chance = random.Random(20261118)
    organisations = [branch, found("P-2", "party-branch", found("P-0", "party-committee"))]
    for body, kind, top in (
        ("U", "union", "union-federation"),
        ("L", "league-branch", "league-committee"),
        ("W", "women-branch", "women-federation"),
        ("S", "station", "centre"),
    ):
        organisations.append(found(f"{body}-1", kind, found(body, top)))
    everybody = [register(f"王{number}") for number in range(60)]
    with runtime.unit_of_work() as work:
        for number, person in enumerate(everybody):
            kinds = [(one, role) for one in organisations for role in ROLES[one.body]]
            for organisation, role in chance.sample(kinds, chance.randint(0, 5)):
                start, end = chance.choice(PERIODS)
                work.session.add(
                    Membership(
                        id=new_id(),
                        person_id=person.id,
                        organisation_id=organisation.id,
                        body=organisation.body,
                        role=role,
                        start_on=TODAY + timedelta(days=start),
                        end_on=None if end is None else TODAY + timedelta(days=end),
                        created_at=work.now,
                    )
                )
            if number % 3 == 0:
                body, owner = chance.sample(("party", "union", "league", "women"), 2)
                work.session.add(_loan(person, body, owner, chance.choice(("accepted", "revoked")), chance, work.now))
    return everybody


def _loan(person: Person, body: str, owner: str, state: str, chance: random.Random, now: object) -> AddRequest:
    last = TODAY + timedelta(days=chance.choice((-1, 0, 30)))
    return AddRequest(
        id=new_id(),
        person_id=person.id,
        body=body,
        owner=owner,
        state=state,
        reason="活动",
        until=last,
        answer_by=last,
        requested_by="x",
        requested_at=now,
        decided_at=now,
        decided_by="y",
    )


@pytest.mark.parametrize("reader", READERS, ids=lambda one: "+".join(grant.body for grant in one.grants) or "none")
def test_statements_and_rows_that_were_read_are_judged_alike(
    runtime: Runtime, people: list[Person], reader: Principal
) -> None:
    ids = [one.id for one in people]
    with runtime.reading() as session:
        seen = whole(session, reader, ids, TODAY)
        assert seen == set(session.scalars(select(Person.id).where(seen_whole(reader, TODAY, Person.id))))
        held: Sequence[Membership] = session.scalars(select(Membership)).all()
        mine = {one.id for one in held if is_own(reader, one.body, one.role, whole=one.person_id in seen)}
        assert mine == set(session.scalars(select(Membership.id).where(own(reader, TODAY))))
        today = session.scalars(select(Membership).where(holds_on(TODAY))).all()
        may_know = {one.id for one in today if is_told(reader, one.body, one.role, whole=one.person_id in seen)}
        assert may_know == set(session.scalars(select(Membership.id).where(told(reader, TODAY), holds_on(TODAY))))
        for person in people:
            shown = of_person(session, person.id, reader, TODAY, whole=person.id in seen)
            listed = session.scalars(visible(reader, TODAY, person_id=person.id)).all()
            assert sorted(one.id for one in shown) == sorted(one.id for one in listed)
            assert {one.id for one in shown if one.complete} == {one.id for one in listed if one.id in mine}


def test_the_lot_has_everything_that_the_rule_tells_apart(runtime: Runtime, people: list[Person]) -> None:
    union = READERS[1]
    with runtime.reading() as session:
        seen = whole(session, union, [one.id for one in people], TODAY)
        assert 10 < len(seen) < 50
        rows = session.scalars(select(Membership).where(holds_on(TODAY))).all()
        judged = {
            (one.role, is_told(union, one.body, one.role, whole=one.person_id in seen), one.person_id in seen)
            for one in rows
        }
    assert {
        ("served", True, True),
        ("served", False, False),
        ("activist", False, True),
        ("member", True, False),
    } <= judged


@contextmanager
def _statements(runtime: Runtime) -> Iterator[list[str]]:
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        asked.append(statement)

    event.listen(runtime.database.engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(runtime.database.engine, "before_cursor_execute", note)


def _opened(client: FlaskClient, person: Person, runtime: Runtime) -> list[str]:
    address = f"/people/{person.id}"
    assert client.get(address).status_code == 200
    with _statements(runtime) as asked:
        assert client.get(address).status_code == 200
    return [one for one in asked if one.lstrip().startswith("SELECT")]


def test_a_record_of_another_body_reads_only_what_it_may_show(
    runtime: Runtime, register: Callable[..., Person], branch: Organisation, join: Callable[..., Membership]
) -> None:
    person = register("王小明", phone="13800138000", birth_on=date(1990, 5, 1))
    join(person, branch)
    add_staff(runtime, "union-officer", Grant("officer", "union"))
    client = create_app(runtime).test_client()
    sign_in(client, "union-officer")
    asked = _opened(client, person, runtime)
    for table in ("audit", "outbox", "inbox", "households", "guardianships", "guardian_consents"):
        assert not [one for one in asked if f"FROM {table} " in one.replace("\n", " ")], table
    assert len(asked) <= 7
