"""A broadcast as staff do it: written in one browser, approved in another one, sent by workers, stopped under way."""

from collections import Counter
from typing import Any
from uuid import UUID

import httpx
import pytest

from notifications.testing.conditions import messages, notices, states
from notifications.testing.crowds import arrivals, write_contacts
from notifications.testing.mailbox_process import Mailbox, until
from notifications.testing.operated_web import OperatedWeb
from notifications.testing.sender_processes import Senders
from shared.principal import Grant
from shared.runtime import Runtime
from shared.testing.web import form_fields

pytestmark = [pytest.mark.long, pytest.mark.timeout(400)]
PEOPLE = 1_200
THREADS = 4  # of each process that carry mails
UNION = Grant("officer", "union")


@pytest.fixture
def lease() -> int:
    return 15


def _written(client: httpx.Client, people: list[UUID]) -> str:
    """A draft for these people, made over the API by whoever is signed in; its id."""
    draft = {
        "body": "union", "title": "停水", "audience": {"kind": "people", "person_ids": [str(one) for one in people]},
        "channels": ["email"], "texts": {"zh-Hans": {"subject": "停水", "email": "明天停水。"}},
    }  # fmt: skip
    token = form_fields(client, "/broadcasts/new")["csrf_token"]  # type: ignore[arg-type]
    headers = {"Idempotency-Key": "one", "X-CSRFToken": token}
    made = client.post("/api/v1/broadcasts", json=draft, headers=headers)
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


def _api(client: httpx.Client, path: str) -> dict[str, Any]:
    answer = client.get(f"/api/v1/broadcasts/{path}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_one_writes_another_approves_workers_send_and_the_first_stops_it_under_way(
    runtime: Runtime, web: OperatedWeb, senders: Senders, mailbox: Mailbox
) -> None:
    people = write_contacts(runtime, PEOPLE, phones=False)
    mailbox.fault("smtp", "slow", seconds=0.02)
    web.start()
    until(web.is_ready, seconds=120)
    with web.browser("wang", UNION) as first, web.browser("li", UNION) as second:
        number = _written(first, people)
        page = f"/broadcasts/{number}"
        assert _api(first, f"{number}/estimate")["reached"] == PEOPLE
        assert web.submit(first, f"{page}/hand-in").status_code == 303
        assert _api(second, number)["state"] == "waiting"
        own = first.post(f"{page}/approve", data=form_fields(first, f"{page}/hand-in"))
        assert own.status_code == 409
        assert notices(runtime) == []
        senders.start()
        senders.start()
        assert web.submit(second, f"{page}/approve").status_code == 303
        until(lambda: states(runtime).get("sent", 0) >= 50, seconds=120)
        senders.kill()
        senders.start()
        until(lambda: states(runtime).get("sent", 0) >= 100, seconds=120)
        assert web.submit(first, f"{page}/stop", reason="水管修好了").status_code == 303
        until(lambda: not {"pending", "sending", "unknown"} & set(states(runtime)), seconds=120)
        _check_what_it_says(runtime, second, number)
        assert "水管修好了" in second.get(page).text
        listed = second.get(f"{page}/recipients?export=csv").text
        assert len(listed.strip().splitlines()) == 1 + PEOPLE
    _check_who_got_it(runtime, mailbox)


def _check_what_it_says(runtime: Runtime, client: httpx.Client, number: str) -> None:
    """The law of this broadcast, as a program reads it."""
    said = _api(client, f"{number}/progress")
    ended = states(runtime)
    assert said["holds"]
    assert said["people"] == PEOPLE
    assert {state: count for state, count in said["states"].items() if count} == ended
    assert said["to_be_made"] + said["accepted"] + sum(said["left_out"].values()) == PEOPLE
    assert ended["sent"] >= 100
    assert ended["cancelled"] > 0
    # What the killed sender had in its hands when it was stopped is not handed over once more.
    assert PEOPLE - said["to_be_made"] - ended["sent"] - ended["cancelled"] == ended.get("expired", 0) <= THREADS


def _check_who_got_it(runtime: Runtime, mailbox: Mailbox) -> None:
    arrived = arrivals(mailbox, "email")
    sent = {str(one.message_id) for one in messages(runtime) if one.state == "sent"}
    marked = {str(one.message_id) for one in messages(runtime) if one.maybe_duplicate}
    assert sent <= set(arrived)
    assert {one for one, times in arrived.items() if times > 1} <= marked
    assert Counter(arrived.values())[1] >= len(arrived) - THREADS
