"""The pure rules: peak demand against a brute-force oracle, opening hours, nearest alternatives."""

from datetime import UTC, datetime, time, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from facilities.availability.rules import first_fit, other_times
from facilities.holds.rules import is_old, place_names
from facilities.occupancy.rules import Item, Place, Taken, Window, broken_rules, fits, free_units, peak

DAY = datetime(2026, 11, 24, 0, tzinfo=UTC)
OFFICE = [(time(8), time(18))] * 5 + [None, None]


def minute(count: int) -> datetime:
    return DAY + timedelta(minutes=count)


def window(start: int, end: int) -> Window:
    return Window(minute(start), minute(end))


windows = st.tuples(st.integers(0, 40), st.integers(1, 20)).map(lambda drawn: (drawn[0], drawn[0] + drawn[1]))
demands = st.lists(st.tuples(windows, st.integers(1, 9)), max_size=12)


@given(demands, windows)
def test_the_peak_is_what_counting_every_minute_gives(
    taken: list[tuple[tuple[int, int], int]], asked: tuple[int, int]
) -> None:
    by_minute = [sum(quantity for (start, end), quantity in taken if start <= moment < end) for moment in range(*asked)]
    assert peak([Taken(window(*one), quantity) for one, quantity in taken], window(*asked)) == max(by_minute)


@given(demands, windows, st.integers(1, 10))
def test_other_times_are_free_and_none_is_nearer(
    taken: list[tuple[tuple[int, int], int]], asked: tuple[int, int], wanted: int
) -> None:
    pool = Place(UUID(int=1), "gear", "", "", exclusive=False, quantity=10)
    diary = {pool.id: [Taken(window(*one), quantity) for one, quantity in taken]}
    found = other_times([Item(pool, window(*asked), wanted)], diary, DAY)
    free = [
        start
        for start in range(200)
        if start != asked[0] and free_units(pool, diary[pool.id], window(start, start + asked[1] - asked[0])) >= wanted
    ]
    assert all(fits(Item(pool, one, wanted), diary[pool.id]) for one in found)
    if fits(Item(pool, window(*asked), wanted), diary[pool.id]):
        return
    nearest = min(abs(minute(start) - minute(asked[0])) for start in free)
    assert abs(found[0].starts_at - minute(asked[0])) == nearest


def test_opening_hours_are_those_of_the_rooms_own_wall_clock() -> None:
    room = Place(UUID(int=1), "archive", "", "", hours=OFFICE)
    morning = datetime(2026, 11, 24, 0, tzinfo=UTC)  # 08:00 in Shanghai, a Tuesday
    assert room.is_open(Window(morning, morning + timedelta(hours=10)))
    assert not room.is_open(Window(morning - timedelta(minutes=1), morning + timedelta(hours=1)))
    assert not room.is_open(Window(morning, morning + timedelta(hours=10, minutes=1)))
    assert not room.is_open(Window(morning + timedelta(days=4), morning + timedelta(days=4, hours=1)))


def test_two_sessions_in_one_room_leave_its_turnaround() -> None:
    room = Place(UUID(int=1), "activity", "活动室", "Activity room", minutes_after=15)
    close = [Item(room, window(0, 60)), Item(room, window(70, 130))]
    assert [reason.code for reason in broken_rules(close, {})] == ["slot-taken"]
    assert broken_rules([Item(room, window(0, 60)), Item(room, window(75, 130))], {}) == []


def test_the_first_fit_is_the_earliest_within_opening_hours() -> None:
    room = Place(UUID(int=1), "archive", "", "", hours=OFFICE)
    taken = {room.id: [Taken(Window(DAY, DAY + timedelta(hours=1)))]}
    found = first_fit([Item(room, window(0, 30))], taken, Window(DAY - timedelta(hours=5), DAY + timedelta(hours=3)))
    assert found == window(60, 90)


def test_an_old_request_is_one_that_was_seen_or_overtaken() -> None:
    assert not is_old(1, [])
    assert is_old(1, [1])
    assert is_old(1, [2])
    assert not is_old(3, [1, 2])


def test_the_place_of_an_activity_is_its_rooms_each_once() -> None:
    hall = Place(UUID(int=1), "hall", "礼堂", "Hall")
    gear = Place(UUID(int=2), "gear", "器材", "Gear", exclusive=False, quantity=5)
    room = Place(UUID(int=3), "room", "活动室", "Activity room")
    items = [Item(one, window(0, 60)) for one in (hall, gear, room, hall)]
    assert place_names(items) == ("礼堂、活动室", "Hall, Activity room")
