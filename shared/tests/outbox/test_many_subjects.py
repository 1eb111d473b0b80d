"""One event of each of many subjects, recorded in two statements."""

from collections.abc import Callable

import pytest

from shared.events import NotAsDeclared
from shared.identifiers import new_id
from shared.runtime import Runtime
from shared.testing.delivery import recorded
from shared.testing.example import PUBLISHER, name_thing, thing_named


@pytest.fixture
def publisher(make_example: Callable[..., Runtime]) -> Runtime:
    return make_example(PUBLISHER)


def test_each_subject_counts_its_own_versions_and_the_order_is_kept(publisher: Runtime) -> None:
    things = [new_id() for _ in range(5)]
    with publisher.unit_of_work() as work:
        name_thing(work, things[3], "lamp")
        told = work.record_all(thing_named, [(one, {"thing_id": one, "name": "torch"}) for one in reversed(things)])
        assert work.record_all(thing_named, []) == []
    assert [each.subject for each in told] == [f"thing/{one}" for one in reversed(things)]
    assert [each.subjectversion for each in told] == [1, 2, 1, 1, 1]
    assert [each.id for each in recorded(publisher)][1:] == [each.id for each in told]


def test_nothing_is_recorded_where_one_does_not_fit_or_a_subject_comes_twice(publisher: Runtime) -> None:
    one, other = new_id(), new_id()
    named = {"thing_id": one, "name": "lamp"}
    with publisher.unit_of_work() as work, pytest.raises(ValueError, match="several events of one subject"):
        work.record_all(thing_named, [(one, named), (one, named)])
    with pytest.raises(NotAsDeclared), publisher.unit_of_work() as work:
        work.record_all(thing_named, [(one, named), (other, {"title": "lamp"})])
    assert recorded(publisher) == []
