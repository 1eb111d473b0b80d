"""Finding people by what is typed at the desk."""

from collections.abc import Callable

import pytest
from sqlalchemy import select, text

from membership.people.commands import update_person
from membership.people.models import Person
from membership.people.queries import selection
from membership.people.readings import folded, name_keys, syllables
from membership.people.timers import index_people
from membership.people.tokens import found_by
from membership.settings import Centre
from shared.principal import SYSTEM
from shared.runtime import Runtime

NUMBER = "11010519491231002X"


@pytest.mark.parametrize(
    ("name", "reading"),
    [
        ("单小明", "shan xiao ming"),
        ("仇英", "qiu ying"),
        ("解放", "xie fang"),
        ("区大伟", "ou da wei"),
        ("曾国", "zeng guo"),
        ("尉迟恭", "yu chi gong"),
        ("单于明", "chan yu ming"),
        ("歐陽修", "ou yang xiu"),
        ("吕布", "lv bu"),
    ],
)
def test_surnames_have_readings_of_their_own(name: str, reading: str) -> None:
    assert reading.split() in syllables(name)
    assert all(one[0] == reading.split()[0] for one in syllables(name))


def test_traditional_and_simplified_full_width_and_capitals_are_one() -> None:
    assert folded("劉　德華") == folded("刘德华")
    assert folded("ＪＯＨＮ Smith") == "johnsmith"
    assert {"lvbu", "lubu", "lb", "吕布", "布", "bu"} <= name_keys("呂布")


@pytest.fixture
def find(runtime: Runtime, centre: Centre) -> Callable[[str], set[str]]:
    def search(typed: str) -> set[str]:
        with runtime.reading() as session:
            query = selection(
                reader=SYSTEM,
                today=centre.today(runtime.clock()),
                search=found_by(typed, centre, SYSTEM, centre.today(runtime.clock())),
            )
            return {person.name for person in session.scalars(query)}

    return search


def test_people_are_found_by_anything_that_names_them(
    register: Callable[..., Person], find: Callable[[str], set[str]]
) -> None:
    register("曾小明", phone="13800138000", id_number=NUMBER)
    register("陳曉明", phone="13900139111")
    register("John Smith", phone="+447911123456")
    for typed in ("曾", "小明", "zeng", "ZengXiao", "zxm", "8000", "138000", "002x", "002X"):
        assert find(typed) == {"曾小明"}, typed
    for typed in ("陈晓", "陳曉", "chenxiaoming", "cxm", "139111"):
        assert find(typed) == {"陳曉明"}, typed
    assert find("smi") == find("john s") == find("3456") == {"John Smith"}
    assert find("xiaoming") == {"曾小明", "陳曉明"}
    assert find("ceng") == find("9991") == find("0021") == set()
    assert len(find(" ")) == 3


def test_the_index_follows_changes_and_holds_no_id_number(
    runtime: Runtime, centre: Centre, register: Callable[..., Person], find: Callable[[str], set[str]]
) -> None:
    person = register("曾小明", phone="13800138000", id_number=NUMBER)
    with runtime.unit_of_work() as work:
        update_person(work, person.id, {"name": "仇大伟", "phone": None}, version=1, centre=centre)
    assert find("zeng") == find("8000") == set()
    assert find("qiu") == find("002X") == {"仇大伟"}
    with runtime.reading() as session:
        tokens = session.execute(text("SELECT token FROM person_tokens")).scalars().all()
    assert not [token for token in tokens if "002" in token[:8] or NUMBER[-4:] in token]


def test_records_of_the_release_before_are_indexed_by_and_by(
    runtime: Runtime, register: Callable[..., Person], find: Callable[[str], set[str]]
) -> None:
    register("曾小明", phone="13800138000", id_number=NUMBER)
    with runtime.database.writing() as session:
        session.execute(text("DELETE FROM person_tokens"))
        session.execute(text("UPDATE people SET indexed_version = 0"))
    assert find("zeng") == set()
    assert (index_people(runtime), index_people(runtime)) == (1, 0)
    assert find("zeng") == find("002X") == {"曾小明"}


def test_people_are_sorted_as_their_names_are_read_surnames_by_their_own_reading(
    runtime: Runtime, register: Callable[..., Person]
) -> None:
    names = ["Anna Li", "曾小明", "单雄信", "上官婉", "李芳", "连战", "区小红", "王明", "汪洋", "仇英", "李 四", "Bob"]
    wanted = ["Anna Li", "Bob", "李芳", "李 四", "连战", "区小红", "仇英", "单雄信", "上官婉", "汪洋", "王明", "曾小明"]
    for name in names:
        register(name)
    with runtime.reading() as session:
        assert list(session.scalars(select(Person.name).order_by(Person.sort_key, Person.id))) == wanted
        assert [
            one.name for one in sorted(session.scalars(select(Person)), key=lambda one: one.sort_key.encode())
        ] == wanted
    with runtime.database.writing() as session:
        session.execute(
            text("UPDATE people SET sort_key = '', name = '安生', version = version + 1 WHERE name = '王明'")
        )
    assert index_people(runtime) == 1
    with runtime.reading() as session:
        first = select(Person.name).where(Person.sort_key > "an s").order_by(Person.sort_key).limit(1)
        assert session.scalar(first) == "安生"
