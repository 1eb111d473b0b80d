"""The sample centre: the agreed people and households, everybody marked, and nothing twice."""

from datetime import date

from sqlalchemy import func, select

from membership.households.models import Household
from membership.organisations.models import Organisation
from membership.people.models import Person
from membership.sample import load
from shared.runtime import Runtime
from shared.sample import sample_id
from shared.staff.models import Account
from shared.testing.delivery import recorded


def test_loading_twice_is_loading_once(runtime: Runtime) -> None:
    load(runtime)
    events = len(recorded(runtime))
    load(runtime)
    assert len(recorded(runtime)) == events
    with runtime.reading() as session:
        count = select(func.count())
        assert session.scalar(count.select_from(Person).where(Person.sample)) == 301
        assert session.scalar(count.select_from(Household).where(Household.sample)) == 60
        assert session.scalar(count.select_from(Account)) == 7
        stations = session.scalars(select(Organisation).where(Organisation.kind == "station")).all()
        assert len(stations) == 4
        family = session.get(Household, sample_id("household", 7))
        assert family is not None
        assert {member.person_id for member in family.members} == {sample_id("person", n) for n in (13, 14, 127)}
        assert len(set(session.scalars(select(Person.name)))) == 300
    contacts = {event.subject_id: event.data for event in recorded(runtime, "contact.changed")}
    child = contacts[sample_id("person", 125)]
    assert (child["guardians"], child["language"]) == (
        sorted([str(sample_id("person", 9)), str(sample_id("person", 10))]),
        "en",
    )
    assert contacts[sample_id("person", 42)]["phone"] == "+8610000000042"
    bodies = {event.data["body"] for event in recorded(runtime, "membership.started")}
    assert bodies == {"party", "union", "league", "women", None}
    assert all(
        date.fromisoformat(event.data["start_on"]) <= date(2026, 11, 23)
        for event in recorded(runtime, "membership.started")
    )
