"""Two records become one and a person is erased, in five services at once, while every worker is killed."""

import json
import signal
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import MetaData, inspect, select

from shared.clock import utc_now
from shared.principal import Grant
from shared.staff.tokens import add_token
from shared.testing.processes import wait_until

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]
OTHERS = ("facilities", "activities", "welfare", "notifications")
PAIRS = 4
POINTS = ("process.before-commit", "process.after-commit", "relay.after-publish", "receive.before-commit")
"""Where each of the four services dies, in turn, when it hears of a merge or of an erasure."""


def _phone(number: int) -> str:
    return f"+86139{number:08d}"


def _register(suite: Any, number: int, which: int) -> dict[str, Any]:
    made: dict[str, Any] = suite.post(
        "membership",
        "/people",
        {"name": f"重名者{number}", "birth_on": "1980-05-01", "phone": _phone(number * 10 + which)},
    )
    return made


def _texts(suite: Any, number: int, which: int) -> list[str]:
    return [message["text"] for message in suite.mailbox(_phone(number * 10 + which))]


def _kill_all(suite: Any, names: Sequence[str]) -> None:
    for name in names:
        suite.processes[f"{name}-worker"].kill()


def _restart_dying(suite: Any, round_number: int) -> None:
    """Each worker comes back, dies once more at a point of its own, and comes back again."""
    armed = {}
    for place, name in enumerate(OTHERS):
        point = POINTS[(place + round_number) % len(POINTS)]
        armed[name] = suite.folder / f"died-{round_number}-{name}"
        suite.processes[f"{name}-worker"].restart(YIZHAN_FAULT=f"{point}@{armed[name]}")
    suite.processes["membership-worker"].restart()
    for name in OTHERS:
        worker = suite.processes[f"{name}-worker"]
        assert worker.wait(90) == -signal.SIGKILL, name
        worker.restart()
    assert all(path.exists() for path in armed.values())


def _class(suite: Any) -> dict[str, Any]:
    begins = (utc_now() + timedelta(days=10)).replace(hour=2, minute=0, second=0, microsecond=0)
    made: dict[str, Any] = suite.post(
        "activities",
        "/activities",
        {
            "kind": "class",
            "title_zh": "太极班",
            "title_en": "Taiji class",
            "venue_zh": "广场",
            "venue_en": "Square",
            "bodies": ["union"],
            "sessions": [
                {
                    "starts_at": begins.isoformat(),
                    "ends_at": (begins + timedelta(hours=2)).isoformat(),
                    "capacity": 40,
                }
            ],
        },
    )
    with suite.api("activities") as client:
        assert client.post(f"/activities/{made['id']}/publish", json={}).status_code in (200, 201, 202)
    wait_until(
        lambda: suite.get("activities", f"/activities/{made['id']}")["state"] == "published", 40, "the class published"
    )
    return made


def _book(suite: Any, person: dict[str, Any], number: int) -> dict[str, Any]:
    begins = (utc_now() + timedelta(days=3 + number)).replace(hour=2, minute=0, second=0, microsecond=0)
    made: dict[str, Any] = suite.post(
        "facilities",
        "/bookings",
        {
            "resource_code": "talk",
            "starts_at": begins.isoformat(),
            "ends_at": (begins + timedelta(hours=1)).isoformat(),
            "title": f"{person['name']}的家长会",
            "person_id": person["id"],
            "body": "union",
        },
    )
    return made


def _hold_talk(suite: Any, person: dict[str, Any]) -> dict[str, Any]:
    ended = utc_now() - timedelta(hours=1)
    made: dict[str, Any] = suite.post(
        "welfare",
        "/talks/held",
        {
            "body": "union",
            "person_id": person["id"],
            "starts_at": (ended - timedelta(hours=1)).isoformat(),
            "ends_at": ended.isoformat(),
            "outcome": "advised",
            "note": f"{person['name']}问了工资的事",
        },
    )
    return made


def _known(suite: Any, consumer: str, event: str) -> bool:
    ids = suite.recorded("membership", event)
    counts = suite.inbox_counts(consumer, ids)
    return bool(ids) and counts.get("done", 0) + counts.get("passed", 0) == len(ids)


def _answered(suite: Any, address: str) -> bool:
    found = suite.get("membership", address)
    return {one["service"] for one in found["answers"] if one["answered_at"]} == set(OTHERS)


def _merge(suite: Any, old: dict[str, Any], into: dict[str, Any]) -> None:
    suite.post(
        "membership",
        "/merges",
        {
            "person_id": old["id"],
            "into_id": into["id"],
            "person_version": old["version"],
            "into_version": into["version"],
            "reason": "登记了两次",
        },
    )


def _everything(suite: Any, name: str) -> list[tuple[str, str]]:
    """Every value of a service's database as text, with the name of its table."""
    engine = suite.runtimes[name].database.engine
    tables = MetaData()
    tables.reflect(engine, only=lambda table, _: not table.startswith("sqlite_"))
    assert len(tables.tables) == len([one for one in inspect(engine).get_table_names() if one[:7] != "sqlite_"])
    found = []
    with engine.connect() as connection:
        for table in tables.tables.values():
            for row in connection.execute(select(table)):
                found.append((table.name, json.dumps([*row], default=_readable, ensure_ascii=False)))
    return found


def _readable(value: Any) -> str:
    return bytes(value).decode("utf-8", "replace") if isinstance(value, bytes | memoryview) else str(value)


def test_merges_and_an_erasure_reach_all_services_though_every_worker_is_killed(suite: Any) -> None:
    suite.post(
        "facilities",
        "/resources",
        {"code": "talk", "kind": "room", "name_zh": "谈心室", "name_en": "Talk room", "capacity": 6},
    )
    pairs = [(_register(suite, number, 1), _register(suite, number, 2)) for number in range(PAIRS)]
    for name in ("activities", "welfare", "facilities"):
        wait_until(lambda name=name: _known(suite, name, "person.registered"), 60, f"people known in {name}")
    wait_until(lambda: _known(suite, "notifications", "contact.changed"), 60, "contacts known in notifications")
    course = _class(suite)
    bookings, talks = [], []
    for number, (old, _) in enumerate(pairs):
        suite.post("activities", f"/activities/{course['id']}/registrations", {"person_ids": [old["id"]]})
        bookings.append(_book(suite, old, number))
        talks.append(_hold_talk(suite, old))
    wait_until(lambda: all(len(_texts(suite, one, 1)) == 2 for one in range(PAIRS)), 60, "class and booking told of")

    _kill_all(suite, ("membership", *OTHERS))
    for old, into in pairs:
        _merge(suite, old, into)
    _restart_dying(suite, 0)
    for old, _ in pairs:
        wait_until(lambda old=old: _answered(suite, f"/merges/{old['id']}"), 90, "four answers to each merge")
    for booking, talk, (old, into) in zip(bookings, talks, pairs, strict=True):
        assert suite.get("facilities", f"/bookings/{booking['id']}")["person_id"] == into["id"]
        assert suite.get("welfare", f"/talks/{talk['id']}")["person_id"] == into["id"]
        assert suite.get("membership", f"/people/{old['id']}")["id"] == into["id"]
    registered = suite.get("activities", f"/activities/{course['id']}/registrations")["items"]
    assert sorted(one["person_id"] for one in registered) == sorted(into["id"] for _, into in pairs)

    with suite.api("activities") as client:
        assert client.post(f"/activities/{course['id']}/cancel", json={"reason": "台风"}).status_code in (200, 201)
    wait_until(lambda: all(len(_texts(suite, one, 2)) == 1 for one in range(PAIRS)), 60, "the record that stands told")
    assert all(len(_texts(suite, one, 1)) == 2 for one in range(PAIRS))

    _erase(suite, pairs[0][1], bookings[0])
    for name in ("membership", *OTHERS):
        for table, row in _everything(suite, name):
            for trace in ("重名者0", _phone(1)[3:], _phone(2)[3:]):
                assert trace not in row, (name, table, row)
    assert any("重名者1" in row for _, row in _everything(suite, "membership"))
    logs = [path.read_text(errors="replace") for path in suite.folder.rglob("*.log")]
    assert len(logs) >= 2 * len(suite.runtimes)
    assert not [line for log in logs for line in log.splitlines() if "重名者" in line or _phone(0)[3:12] in line]


def _erase(suite: Any, person: dict[str, Any], booking: dict[str, Any]) -> None:
    """Asked for; postponed by the booking; confirmed by another one while every worker is dead."""
    asked = suite.post("membership", "/erasures", {"person_id": person["id"], "reason": "本人书面要求"})
    address = f"/erasures/{asked['id']}"
    wait_until(lambda: _answered(suite, address), 60, "four answers to the question")
    standing = suite.get("membership", address)["standing_against"]
    assert [(one["code"], one["service"]) for one in standing] == [("open-elsewhere", "facilities")]
    with suite.api("facilities") as client:
        assert client.post(f"/bookings/{booking['id']}/cancel", json={}).status_code == 200
    with suite.api("membership") as client:
        assert client.post(f"{address}/check").status_code == 200
    wait_until(lambda: suite.get("membership", address)["standing_against"] == [], 60, "nothing stands against it")

    _kill_all(suite, ("membership", *OTHERS))
    version = suite.get("membership", address)["version"]
    with suite.runtimes["membership"].unit_of_work() as work:
        second = add_token(work, name="a second person", grants=[Grant("admin", "*")])
    with suite.api("membership") as client:
        headers = {"If-Match": f'"{version}"'}
        assert client.post(f"{address}/confirmation", headers=headers).status_code == 403
        headers["Authorization"] = f"Bearer {second}"
        answer = client.post(f"{address}/confirmation", headers=headers)
    assert answer.status_code == 200, answer.text
    _restart_dying(suite, 1)
    wait_until(lambda: _answered(suite, address), 90, "four answers to the erasure")
