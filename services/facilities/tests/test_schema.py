"""What the database itself refuses, whoever writes to it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError

from facilities.occupancy.models import Occupancy
from facilities.resources.models import Resource
from facilities.service import SERVICE
from shared.database import violated
from shared.database.migrate import differences
from shared.identifiers import new_id
from shared.runtime import Runtime

FAR = datetime(2099, 1, 5, 8, tzinfo=UTC)


def row(resource: Resource, start: int, end: int, quantity: int = 1, **more: Any) -> Occupancy:
    """A confirmed booking from minute ``start`` to ``end`` of a day far ahead, written past all rules."""
    made = Occupancy(
        id=new_id(),
        kind="booking",
        state="confirmed",
        live=True,
        quantity=quantity,
        confidential=False,
        group_id=new_id(),
        made_by="test",
        made_at=FAR,
        version=1,
    )
    made.resource_id, made.exclusive = resource.id, resource.exclusive
    made.starts_at = made.blocked_from = FAR + timedelta(minutes=start)
    made.ends_at = made.blocked_until = FAR + timedelta(minutes=end)
    for name, value in more.items():
        setattr(made, name, value)
    return made


def refused_by(runtime: Runtime, *rows: Occupancy) -> str | None:
    """The constraint that refuses these rows, None when they are stored."""
    try:
        with runtime.database.writing() as session:
            for one in rows:
                session.add(one)
                session.flush()
    except IntegrityError as error:
        return violated(error)
    return None


def test_models_and_migrations_agree(runtime: Runtime) -> None:
    assert differences(SERVICE, runtime.database) == []


def test_two_live_uses_of_a_room_never_overlap(runtime: Runtime, room: Resource) -> None:
    assert refused_by(runtime, row(room, 0, 60)) is None
    assert refused_by(runtime, row(room, 60, 90)) is None
    assert refused_by(runtime, row(room, 59, 61)) == "ex_occupancies_blocked"
    assert refused_by(runtime, row(room, 59, 61, state="cancelled", live=False)) is None


def test_neither_a_changed_time_nor_a_revived_row_slips_in(runtime: Runtime, room: Resource) -> None:
    other, dead = row(room, 60, 120), row(room, 0, 60, state="cancelled", live=False)
    assert refused_by(runtime, row(room, 0, 60), other, dead) is None
    for values in ({"blocked_from": FAR, "starts_at": FAR}, {}):
        target = other if values else dead
        change = values or {"state": "confirmed", "live": True}
        with pytest.raises(IntegrityError) as raised, runtime.database.writing() as session:
            session.execute(update(Occupancy).where(Occupancy.id == target.id).values(**change))
        assert violated(raised.value) == "ex_occupancies_blocked"


def test_a_pool_is_never_overdrawn(runtime: Runtime, gear: Resource) -> None:
    assert refused_by(runtime, row(gear, 0, 60, 6), row(gear, 60, 120, 6), row(gear, 0, 120, 4)) is None
    assert refused_by(runtime, row(gear, 30, 90, 1)) == "ck_occupancies_peak"
    assert refused_by(runtime, row(gear, 120, 180, 10)) is None


def test_fewer_units_than_promised_are_refused(runtime: Runtime, gear: Resource) -> None:
    assert refused_by(runtime, row(gear, 0, 60, 6), row(gear, 60, 120, 6)) is None
    with runtime.database.writing() as session:
        session.execute(update(Resource).where(Resource.id == gear.id).values(quantity=6))
    with pytest.raises(IntegrityError) as raised, runtime.database.writing() as session:
        session.execute(update(Resource).where(Resource.id == gear.id).values(quantity=5))
    assert violated(raised.value) == "ck_resources_promised"


def test_a_confidential_row_cannot_hold_a_title(runtime: Runtime, room: Resource) -> None:
    assert refused_by(runtime, row(room, 0, 60, confidential=True, title="x")) == "ck_occupancies_confidential"


def test_a_dead_state_cannot_be_live(runtime: Runtime, room: Resource) -> None:
    assert refused_by(runtime, row(room, 0, 60, state="cancelled")) == "ck_occupancies_live"


def test_a_room_cannot_be_booked_as_a_pool(runtime: Runtime, room: Resource) -> None:
    assert refused_by(runtime, row(room, 0, 60, exclusive=False)) is not None


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    st.lists(
        st.tuples(st.integers(0, 20), st.integers(1, 8), st.integers(1, 6)).map(
            lambda drawn: (drawn[0], drawn[0] + drawn[1], drawn[2])
        ),
        max_size=8,
    )
)
def test_the_database_agrees_with_counting_every_minute(
    runtime: Runtime, pool_of_ten: Resource, demands: list[tuple[int, int, int]]
) -> None:
    """Oracle: walk through every minute and add up. The trigger accepts exactly what that accepts."""
    with runtime.database.writing() as session:
        session.execute(delete(Occupancy))
    granted: list[tuple[int, int, int]] = []
    for start, end, quantity in demands:
        wanted = [*granted, (start, end, quantity)]
        most = max(sum(q for s, e, q in wanted if s <= minute < e) for minute in range(30))
        refused = refused_by(runtime, row(pool_of_ten, start, end, quantity))
        assert (refused is None) == (most <= 10), (wanted, refused)
        if refused is None:
            granted.append((start, end, quantity))


@pytest.fixture
def pool_of_ten(resource: Callable[..., Resource]) -> Resource:
    return resource("ten", quantity=10)
