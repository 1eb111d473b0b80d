"""Something happens in one service, and the right people get the right message, whatever dies in between."""

import signal
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from shared.clock import utc_now
from shared.testing.delivery import recorded
from shared.testing.processes import wait_until

Family = dict[str, Any]
pytestmark = pytest.mark.timeout(400)


def phone(number: int) -> str:
    return f"+86138{number:08d}"


def register_family(suite: Any, number: int, language: str) -> Family:
    """Two guardians who read this language, and their child of nine years."""
    guardians = [
        suite.post(
            "membership",
            "/people",
            {
                "name": f"监护人{number}{which}",
                "language": language,
                "phone": phone(number * 10 + which),
                "email": f"guardian{number}.{which}@example.com",
            },
        )
        for which in (1, 2)
    ]
    child = suite.post(
        "membership",
        "/people",
        {
            "name": f"孩子{number}",
            "birth_on": (utc_now() - timedelta(days=9 * 365)).date().isoformat(),
            "guardian_ids": [guardian["id"] for guardian in guardians],
            "consent": {"given_on": utc_now().date().isoformat(), "paper": f"C-{number}"},
        },
    )
    return {"child": child["id"], "guardians": guardians, "language": language}


def wait_until_known(suite: Any, families: list[Family]) -> None:
    """Until activities knows the children and notifications knows how to reach their guardians."""
    wait_until(lambda: _processed(suite, "activities", "person.registered"), 60, "people known in activities")
    wait_until(lambda: _processed(suite, "notifications", "contact.changed"), 60, "contacts known in notifications")
    assert families


def _processed(suite: Any, consumer: str, event: str) -> bool:
    ids = suite.recorded("membership", event)
    counts = suite.inbox_counts(consumer, ids)
    return bool(ids) and counts.get("done", 0) + counts.get("passed", 0) == len(ids)


def add_room(suite: Any) -> None:
    suite.post(
        "facilities",
        "/resources",
        {"code": "activity", "kind": "room", "name_zh": "活动室", "name_en": "Activity room", "capacity": 40},
    )


def publish_class(suite: Any, capacity: int) -> dict[str, Any]:
    """The summer class, published with a place granted by facilities."""
    begins = (utc_now() + timedelta(days=10)).replace(hour=2, minute=0, second=0, microsecond=0)
    made = suite.post(
        "activities",
        "/activities",
        {
            "kind": "class",
            "title_zh": "小候鸟培训班",
            "title_en": "Little migratory birds summer class",
            "bodies": ["union", "women"],
            "sessions": [
                {
                    "starts_at": begins.isoformat(),
                    "ends_at": (begins + timedelta(hours=2)).isoformat(),
                    "capacity": capacity,
                }
            ],
            "needs": [{"resource_code": "activity", "quantity": 1}],
        },
    )
    with suite.api("activities") as client:
        answer = client.post(f"/activities/{made['id']}/publish", json={})
        assert answer.status_code in (200, 201, 202), answer.text
    wait_until(lambda: activity(suite, made["id"])["state"] == "published", 30, "the class published")
    return activity(suite, made["id"])


def activity(suite: Any, activity_id: str) -> dict[str, Any]:
    found: dict[str, Any] = suite.get("activities", f"/activities/{activity_id}")
    return found


def enrol(suite: Any, activity_id: str, family: Family) -> dict[str, Any]:
    made: dict[str, Any] = suite.post(
        "activities", f"/activities/{activity_id}/registrations", {"person_ids": [family["child"]]}
    )
    return made


def cancel(suite: Any, activity_id: str) -> tuple[str, str]:
    """Call the class off; the request's correlation id and the id of its trace."""
    with suite.api("activities") as client:
        answer = client.post(f"/activities/{activity_id}/cancel", json={"reason": "台风"})
    assert answer.status_code in (200, 201), answer.text
    return answer.headers["X-Request-ID"], answer.headers["traceparent"].split("-")[1]


def texts(suite: Any, family: Family, guardian: int) -> list[str]:
    """Every text that one guardian got by SMS."""
    return [message["text"] for message in suite.mailbox(family["guardians"][guardian]["phone"])]


def room_is_free(suite: Any, session: dict[str, Any]) -> bool:
    found = suite.get("facilities", "/availability", starts_at=session["starts_at"], ends_at=session["ends_at"])
    return any(room["resource_code"] == "activity" for room in found["rooms"])


def test_a_cancelled_class_tells_every_family_what_is_true_and_frees_the_room(suite: Any) -> None:
    add_room(suite)
    families = [register_family(suite, number, "en" if number == 2 else "zh-Hans") for number in (1, 2, 3)]
    wait_until_known(suite, families)
    made = publish_class(suite, capacity=2)
    assert not room_is_free(suite, made["sessions"][0])

    answers = [enrol(suite, made["id"], family) for family in families]
    assert [(answer["state"], answer["waiting_number"]) for answer in answers] == [
        ("confirmed", None),
        ("confirmed", None),
        ("waitlisted", 1),
    ]
    wait_until(lambda: all(len(texts(suite, family, 1)) == 1 for family in families), 40, "news of the registration")

    correlation_id, trace_id = cancel(suite, made["id"])
    wait_until(lambda: all(len(texts(suite, family, 1)) == 2 for family in families), 40, "news of the cancellation")
    for family in families:
        for guardian in (0, 1):
            by_mail = suite.mailbox(family["guardians"][guardian]["email"])
            wait_until(
                lambda to=family["guardians"][guardian]["email"]: len(suite.mailbox(to)) == 2, 20, "both e-mails"
            )
            assert {message["channel"] for message in by_mail} <= {"email"}
    english = " ".join(texts(suite, families[1], 0))
    assert "Little migratory birds" in english
    assert "小候鸟" in " ".join(texts(suite, families[0], 0))
    confirmed, waiting = texts(suite, families[0], 0)[-1], texts(suite, families[2], 0)[-1]
    assert confirmed != waiting
    assert "候补" in waiting
    wait_until(lambda: room_is_free(suite, made["sessions"][0]), 20, "the room free again")
    wait_until(lambda: len(caused(suite, correlation_id)["notifications"]) == 12, 40, "an event for each message sent")
    check_one_trace(caused(suite, correlation_id), trace_id)
    check_told_of_the_duty(suite, put_on_duty(suite))


def put_on_duty(suite: Any) -> dict[str, Any]:
    """Somebody of the duty team, who is put on duty three days from now."""
    data = {"name": "值班员", "language": "zh-Hans", "phone": phone(7777), "email": "on-duty@example.com"}
    person: dict[str, Any] = suite.post("membership", "/people", data)
    begins = (utc_now() + timedelta(days=3)).replace(hour=2, minute=0, second=0, microsecond=0)
    wait_until(lambda: _is_on_the_team(suite, person["id"]), 40, "the person known to the duty team")
    shift = {
        "title_zh": "接待值班",
        "title_en": "Reception duty",
        "body": "party",
        "needs": [{"role": "reception"}],
        "starts_at": begins.isoformat(),
        "ends_at": (begins + timedelta(hours=3)).isoformat(),
    }
    planned = suite.post("facilities", "/shifts", shift)
    suite.post("facilities", f"/shifts/{planned['id']}/duties", {"role": "reception", "person_id": person["id"]})
    return data


def _is_on_the_team(suite: Any, person_id: str) -> bool:
    with suite.api("facilities") as client:
        return bool(client.put(f"/shifts/team/{person_id}", json={"roles": ["reception"]}).status_code == 200)


def check_told_of_the_duty(suite: Any, person: dict[str, Any]) -> None:
    """By SMS, and by e-mail with an entry for the calendar."""
    wait_until(lambda: len(suite.mailbox(person["phone"])) == 1, 40, "the SMS about the duty")
    wait_until(lambda: len(suite.mailbox(person["email"])) == 1, 40, "the e-mail about the duty")
    [text], [mail] = suite.mailbox(person["phone"]), suite.mailbox(person["email"])
    assert "接待值班" in text["text"]
    raw = suite.mail(mail["id"])
    entries = [part.get_param("method") for part in raw.walk() if part.get_content_type() == "text/calendar"]
    assert entries == ["REQUEST"]


def caused(suite: Any, correlation_id: str) -> dict[str, list[Any]]:
    """By service, the events that one request led to."""
    found = {name: recorded(runtime) for name, runtime in suite.runtimes.items()}
    return {name: [each for each in events if each.correlationid == correlation_id] for name, events in found.items()}


def check_one_trace(events: dict[str, list[Any]], trace_id: str) -> None:
    """All are of one trace, and each was led to by the request itself or by another one of them."""
    assert events["activities"]
    assert events["facilities"]
    together = [event for of_service in events.values() for event in of_service]
    assert {event.traceparent.split("-")[1] for event in together} == {trace_id}
    ids = {str(event.id) for event in together}
    own = {event.causationid for event in events["activities"]}
    assert own == {None}
    for service in ("facilities", "notifications"):
        assert {event.causationid for event in events[service]} <= ids


def test_a_sender_killed_in_the_middle_of_a_fan_out_leaves_nobody_out_and_tells_nobody_twice(suite: Any) -> None:
    add_room(suite)
    families = [register_family(suite, number, "zh-Hans") for number in range(1, 13)]
    wait_until_known(suite, families)
    made = publish_class(suite, capacity=20)
    for family in families:
        enrol(suite, made["id"], family)
    wait_until(lambda: all(len(texts(suite, family, 1)) == 1 for family in families), 60, "news of the registration")

    worker = suite.processes["notifications-worker"]
    worker.terminate()
    worker.restart(YIZHAN_FAULT=f"send.after-send@{suite.folder / 'fault'}")
    cancel(suite, made["id"])
    assert worker.wait(40) == -signal.SIGKILL
    worker.restart()
    wait_until(lambda: all(len(texts(suite, family, 1)) >= 2 for family in families), 60, "the rest of the fan-out")
    wait_until(lambda: _settled(suite), 60, "every message settled")
    for family in families:
        for guardian in (0, 1):
            assert len(texts(suite, family, guardian)) == 2


def _settled(suite: Any) -> bool:
    law = suite.get("notifications", "/messages/conservation")
    unsettled = sum(law["states"].get(state, 0) for state in ("pending", "sending", "unknown"))
    assert law["holds"]
    return unsettled == 0


@pytest.mark.parametrize("fault", ["web.after-commit"])
def test_a_request_whose_answer_was_lost_is_repeated_by_its_key_and_happens_once(suite: Any, fault: str) -> None:
    web = suite.processes["membership-web"]
    web.restart(YIZHAN_FAULT=f"{fault}@{suite.folder / fault}")
    suite.wait_ready("membership")
    key = {"Idempotency-Key": "one-person"}
    body = {"name": "王小明", "phone": phone(1)}
    with suite.api("membership") as client:
        lost = _post_or_none(client, "/people", body, key)
        assert lost is None
        wait_until(lambda: _post_or_none(client, "/people", body, key), 30, "an answer to the repeated request")
        again = client.post("/people", json=body, headers=key)
    assert again.status_code == 201
    assert len(suite.recorded("membership", "person.registered")) == 1
    UUID(again.json()["id"])


def _post_or_none(client: Any, path: str, body: Any, headers: Any) -> Any:
    import httpx

    try:
        answer = client.post(path, json=body, headers=headers)
    except httpx.TransportError:
        return None
    return answer if answer.status_code == 201 else None


def test_fifty_people_are_registered_while_nothing_can_be_published(
    start_suite: Callable[..., Any], stack: str
) -> None:
    """RabbitMQ: the node is stopped. Spool: every worker is killed. The web answers 201; later each has each once."""
    from shared.testing.servers import local_rabbitmq

    broker = local_rabbitmq().start() if stack == "postgresql" else None
    try:
        suite = start_suite(broker.url if broker else None)
        if broker is not None:
            broker.stop()
        else:
            for name in ("membership", "activities", "welfare", "notifications"):
                suite.processes[f"{name}-worker"].kill()
        started = utc_now()
        for number in range(50):
            suite.post("membership", "/people", {"name": f"人员{number}", "phone": phone(number)})
        assert utc_now() - started < timedelta(seconds=60)
        if broker is not None:
            broker.start()
        else:
            for name in ("membership", "activities", "welfare", "notifications"):
                suite.processes[f"{name}-worker"].restart()
        ids = suite.recorded("membership", "person.registered")
        assert len(ids) == 50
        for consumer in ("activities", "welfare"):
            wait_until(lambda consumer=consumer: suite.inbox_counts(consumer, ids) == {"done": 50}, 90, consumer)
        contacts = suite.recorded("membership", "contact.changed")
        wait_until(lambda: suite.inbox_counts("notifications", contacts) == {"done": 50}, 90, "notifications")
    finally:
        if broker is not None:
            broker.close()
