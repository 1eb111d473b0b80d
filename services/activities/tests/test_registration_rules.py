"""Who gets a place and who moves up: families together, newcomers behind the waiting list."""

from hypothesis import given
from hypothesis import strategies as st

from activities.registration.rules import WaitingGroup, gets_a_place, who_moves_up, why_they_wait
from shared.identifiers import new_id


def queue(*sizes: int) -> list[WaitingGroup]:
    return [WaitingGroup(new_id(), number, size) for number, size in enumerate(sizes, start=1)]


def test_a_newcomer_never_passes_the_waiting_list() -> None:
    assert gets_a_place(1, capacity=3, confirmed=2, waiting=0)
    assert not gets_a_place(1, capacity=3, confirmed=2, waiting=1)


def test_a_family_gets_all_its_places_or_none() -> None:
    assert gets_a_place(3, capacity=3, confirmed=0, waiting=0)
    assert not gets_a_place(3, capacity=3, confirmed=1, waiting=0)


def test_a_family_that_does_not_fit_holds_the_queue_up() -> None:
    family, single = queue(3, 1)
    assert who_moves_up([family, single], free=2, families_may_be_passed=False) == []
    assert who_moves_up([family, single], free=4, families_may_be_passed=False) == [family, single]


def test_a_family_is_passed_where_the_activity_says_so() -> None:
    family, single = queue(3, 1)
    assert who_moves_up([family, single], free=2, families_may_be_passed=True) == [single]


def test_everyone_is_told_why_they_wait() -> None:
    family, behind, last = queue(3, 1, 1)
    waits = why_they_wait([family, behind, last], free=1, families_may_be_passed=False)
    assert [waits[group.id].code for group in (family, behind, last)] == ["together", "behind-family", "behind-family"]
    full = why_they_wait(queue(1, 1), free=0, families_may_be_passed=False)
    assert [wait.code for wait in full.values()] == ["next", "taken"]


@given(sizes=st.lists(st.integers(1, 5), max_size=12), free=st.integers(0, 20), pass_them=st.booleans())
def test_nobody_moves_up_out_of_turn_and_never_more_than_are_free(sizes: list[int], free: int, pass_them: bool) -> None:
    groups = queue(*sizes)
    moving = who_moves_up(groups, free, pass_them)
    assert sum(group.size for group in moving) <= free
    left = free - sum(group.size for group in moving)
    staying = [group for group in groups if group not in moving]
    if pass_them:
        assert all(group.size > left for group in staying)
    else:
        assert moving == groups[: len(moving)]
        assert not staying or staying[0].size > left
