"""People by the hundred thousand, for tests and benchmarks at size: written in bulk, with every derived column.

What is written is what registering them one by one would leave, but for the events: records, keys of the search,
sealed ID numbers, versions, memberships and the line in the history.
"""

import random
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy import Table, func, insert, select
from stdnum.cn import ric

from membership.memberships.models import Membership
from membership.organisations.commands import found_organisation
from membership.organisations.rules import OrganisationData
from membership.people import sealing
from membership.people.models import Person
from membership.people.tokens import PersonToken, keys_of, tail_key
from membership.settings import Centre
from shared.database.tables import AuditRow, SubjectVersion
from shared.identifiers import new_id
from shared.runtime import Runtime

_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗单仇解区曾查任华"
_GIVEN = "安明晓文雨志思佳子春建海梓禾舟澄岚川宁溪原珩朗苒芳伟娜秀英敏静丽强磊军洋勇艳杰娟涛超霞平刚桂"
_CHUNK = 5_000
_DAYS = 24_000
BRANCHES = 200


def write_people(runtime: Runtime, number: int, *, seed: int = 1) -> None:
    """Write so many people, each a member of one of the branches, and let the database look at its tables."""
    centre = Centre.of(runtime.settings)
    branches = _branches(runtime)
    chance = random.Random(seed)
    for start in range(0, number, _CHUNK):
        people = [_person(runtime, chance, one) for one in range(start, min(start + _CHUNK, number))]
        for table, rows in _rows(runtime, centre, people, branches, chance):
            _write(runtime, table, rows)
    with runtime.database.engine.connect() as link:
        link.execution_options(isolation_level="AUTOCOMMIT")
        link.exec_driver_sql("VACUUM ANALYZE" if runtime.database.dialect == "postgresql" else "ANALYZE")


def _branches(runtime: Runtime) -> list[tuple[UUID, str | None]]:
    """Party branches under one committee."""
    made: list[tuple[UUID, str | None]] = []
    with runtime.unit_of_work() as work:
        committee = found_organisation(work, OrganisationData("P-0", "party-committee", "党委", "Committee"))
        for number in range(1, BRANCHES + 1):
            data = OrganisationData(f"P-{number}", "party-branch", f"第{number}党支部", f"Branch {number}")
            branch = found_organisation(work, data, parent_id=committee.id)
            made.append((branch.id, branch.body))
    return made


def id_number(number: int) -> tuple[str, date]:
    """A valid number, another one for each `number` below a million, and the birth date that it says."""
    day, round_ = number % _DAYS, number // _DAYS
    born = date(1940, 1, 1) + timedelta(days=day * 7919 % _DAYS)
    front = f"110105{born:%Y%m%d}{(round_ + 41 * day) % 1000:03d}"
    return front + ric.calc_check_digit(front + "0"), born


def name(chance: random.Random) -> str:
    return chance.choice(_SURNAMES) + "".join(chance.choices(_GIVEN, k=chance.choice((1, 2, 2))))


def phone(number: int) -> str:
    """Another one for each `number` below a million."""
    return f"+861{3_000_000_000 + number * 7_919 % 7_000_000_000}"


def _person(runtime: Runtime, chance: random.Random, number: int) -> tuple[Person, str]:
    said, born = id_number(number)
    now = runtime.clock()
    person = Person(
        id=new_id(), name=name(chance), language="zh-Hans", phone=phone(number),
        email=None, birth_on=born, guarded=False, sample=True, version=1, indexed_version=1, registered_at=now,
        updated_at=now,
    )  # fmt: skip
    return person, said


def _rows(
    runtime: Runtime,
    centre: Centre,
    people: Sequence[tuple[Person, str]],
    branches: Sequence[tuple[UUID, str | None]],
    chance: random.Random,
) -> Iterator[tuple[Any, list[dict[str, Any]]]]:
    """The rows of each table, in an order that its references allow."""
    now = runtime.clock()
    for person, number in people:
        person.id_number_sealed = sealing.seal_number(centre, person.id, number)
        person.id_number_index = sealing.number_index(centre, number)
    columns = [column.name for column in Person.__table__.columns]
    yield Person.__table__, [{column: getattr(one, column) for column in columns} for one, _ in people]
    yield (
        PersonToken.__table__,
        [
            {"token": key, "person_id": one.id}
            for one, number in people
            for key in sorted({*keys_of(one), tail_key(centre, number[-4:])})
        ],
    )
    yield SubjectVersion.__table__, [{"subject": f"person/{one.id}", "version": 1} for one, _ in people]
    yield AuditRow.__table__, [
        {"at": now, "actor": "system", "actor_name": "", "action": "person-registered", "subject": f"person/{one.id}",
         "facts": {}, "correlation_id": str(one.id)}
        for one, _ in people
    ]  # fmt: skip
    yield Membership.__table__, [
        {"id": new_id(), "person_id": one.id, "organisation_id": branch, "body": body, "role": "member",
         "start_on": date(2020, 1, 1), "end_on": None, "version": 1, "created_at": now}
        for one, _ in people
        for branch, body in [chance.choice(branches)]
    ]  # fmt: skip


def _write(runtime: Runtime, table: Table, rows: list[dict[str, Any]]) -> None:
    """By COPY on PostgreSQL, where it takes a tenth of the time."""
    if runtime.database.dialect != "postgresql":
        with runtime.database.writing() as session:
            session.execute(insert(table), rows)
        return
    columns = list(rows[0])
    with runtime.database.engine.begin() as link, link.connection.cursor() as cursor:
        with cursor.copy(f"COPY {table.name} ({', '.join(columns)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row([Jsonb(value) if isinstance(value, dict) else value for value in row.values()])


def tokens_are_right(runtime: Runtime, some: int = 20) -> bool:
    """Whether the keys of some people are those that the product itself would keep."""
    with runtime.reading() as session:
        people = session.scalars(select(Person).order_by(func.random()).limit(some)).all()
        for person in people:
            kept = set(session.scalars(select(PersonToken.token).where(PersonToken.person_id == person.id)))
            if {key for key in kept if not key.startswith("i")} != keys_of(person):
                return False
    return bool(people)
