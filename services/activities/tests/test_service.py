"""What every service promises: models and migrations agree, lookups follow the bus, snapshots say the present state."""

from typing import Any

from activities.activity.queries import activity_snapshots
from activities.lookups import families_of, known_people, search_people
from activities.published import activity_snapshot, registration_snapshot
from activities.registration.queries import registration_snapshots
from activities.service import SERVICE
from shared.database.migrate import differences
from shared.identifiers import new_id
from shared.runtime import Runtime
from shared.testing.delivery import receive


def test_models_and_migrations_agree(runtime: Runtime) -> None:
    assert differences(SERVICE, runtime.database) == []


def test_people_are_known_from_membership_and_renamed_with_it(runtime: Runtime) -> None:
    person_id = new_id()
    data = {"person_id": str(person_id), "name": "样本甲", "sample": True, "more": "is not read"}
    receive(runtime, "membership", "person.registered", person_id, data)
    receive(runtime, "membership", "person.updated", person_id, {**data, "name": "Sample Ａ"})
    with runtime.reading() as session:
        assert known_people(session, [person_id])[person_id].name == "Sample Ａ"
        assert [person.id for person in search_people(session, "sample a")] == [person_id]
        assert search_people(session, "%") == []
        assert search_people(session, " ") == []


def test_a_household_is_found_from_each_of_its_members(desk: Any) -> None:
    father, child = desk.people(2)
    household_id = new_id()
    data = {"household_id": str(household_id), "member_ids": [str(father), str(child)]}
    receive(desk.runtime, "membership", "household.changed", household_id, data)
    with desk.runtime.reading() as session:
        assert [person.id for person in families_of(session, [child])[child]] == [father]
    receive(desk.runtime, "membership", "household.changed", household_id, {**data, "member_ids": [str(father)]})
    with desk.runtime.reading() as session:
        assert families_of(session, [child, father]) == {}


def test_snapshots_say_the_present_state(desk: Any) -> None:
    activity = desk.placed(capacity=1)
    for person_id in desk.people(2):
        desk.register(activity.id, person_id)
    with desk.runtime.reading() as session:
        [(_, said)] = activity_snapshots(session, None, None, 10)
        assert activity_snapshot.check(said)["state"] == "published"
        told = [registration_snapshot.check(data) for _, data in registration_snapshots(session, None, None, 10)]
    assert [(data["state"], data["waiting_number"]) for data in told] == [("confirmed", None), ("waitlisted", 1)]
