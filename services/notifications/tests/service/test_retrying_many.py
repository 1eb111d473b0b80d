"""Trying the failures of an outage again: which, how many, what it costs, and each once."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from notifications.app import create_app
from notifications.messages import retrying
from notifications.messages.models import Message
from notifications.messages.queries import conservation
from notifications.messages.retrying import Failed, estimate_retry, retry_many
from notifications.sending.sender import Sender
from notifications.suppressions.commands import suppress
from notifications.testing.conditions import messages, states, steps
from notifications.testing.others import Others
from shared.principal import Grant, Principal
from shared.refusal import Forbidden, Refused
from shared.runtime import Runtime
from shared.testing.fakes import SettableClock
from shared.testing.parallel import at_once
from shared.testing.web import add_staff, bearer, form_fields, sign_in

OFFICER = Principal(None, "王某", grants=(Grant("officer", "*"),))


def _failed(runtime: Runtime, others: Others, count: int, **contact: Any) -> None:
    for _ in range(count):
        others.registration("confirmed", others.contact(**contact))
    _set(runtime, state="failed", reason="gave-up", finished_at=runtime.clock())


def _set(runtime: Runtime, *where: Any, **values: Any) -> None:
    with runtime.database.writing() as session:
        session.execute(update(Message).where(*where).values(**values))


def _all(runtime: Runtime, **more: Any) -> Failed:
    return Failed(runtime.clock() + timedelta(seconds=1), **more)


def test_it_says_what_it_would_do_and_does_that_alone(
    runtime: Runtime, others: Others, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retrying, "BATCH", 2)
    _failed(runtime, others, 5, email=None)
    unknown, useless, alone, doubtful, last = (message.id for message in messages(runtime))
    _set(runtime, Message.id == unknown, state="unknown", finished_at=None)
    _set(runtime, Message.id == useless, expires_at=runtime.clock() - timedelta(hours=1))
    _set(runtime, Message.id == doubtful, reason="never-settled")
    address = next(one.address for one in messages(runtime) if one.id == alone)
    with runtime.unit_of_work() as work:
        suppress(work, "sms", address, "unreachable")
    others.registration("confirmed", others.contact(phone=None))
    _set(runtime, Message.channel == "email", state="failed", reason="gave-up", finished_at=runtime.clock())
    with runtime.reading() as session:
        found = estimate_retry(session, OFFICER, _all(runtime), runtime)
    assert (dict(found.messages), found.segments, found.left) == ({"sms": 1, "email": 1}, 2, 0)
    assert found.left_out == {"may-have-arrived": 1, "useless": 1, "left-alone": 1}
    with runtime.unit_of_work(actor=OFFICER) as work:
        made = retry_many(work, _all(runtime))
        assert (made.retried, made.left) == (2, 0)
    with pytest.raises(Refused) as refused, runtime.unit_of_work(actor=OFFICER) as work:
        retry_many(work, _all(runtime))
    assert refused.value.code == "nothing-failed"
    assert [step["who"] for step in steps(runtime, "retried-by-staff")] == ["王某"] * 2
    sender.run_once()
    assert {one.id for one in messages(runtime) if one.state == "sent"} > {last}
    assert next(one.state for one in messages(runtime) if one.id == unknown) in ("unknown", "pending", "sent")
    with runtime.reading() as session:
        assert conservation(session).holds


def test_two_at_once_queue_each_message_once_and_the_cap_leaves_the_rest(
    runtime: Runtime, others: Others, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retrying, "MOST", 3)
    monkeypatch.setattr(retrying, "BATCH", 2)
    _failed(runtime, others, 5, email=None)

    def retry() -> int:
        with runtime.unit_of_work(actor=OFFICER) as work:
            return retry_many(work, _all(runtime)).retried

    done = [one if isinstance(one, int) else 0 for one in at_once(retry, retry)]
    assert sum(done) == states(runtime)["pending"] == len(steps(runtime, "retried-by-staff"))
    assert max(done) == 3


def test_only_what_had_failed_when_the_question_was_asked_and_what_is_ones_own(
    runtime: Runtime, others: Others, clock: SettableClock
) -> None:
    _failed(runtime, others, 2, email=None)
    asked = clock()
    _set(runtime, finished_at=asked - timedelta(minutes=1))
    first = messages(runtime)[0].id
    _set(runtime, Message.id == first, finished_at=asked + timedelta(minutes=1))
    _set(runtime, Message.id != first, body="union")
    women = Principal(None, "赵", grants=(Grant("officer", "women"),))
    with pytest.raises(Refused), runtime.unit_of_work(actor=women) as work:
        retry_many(work, Failed(asked))
    viewer = Principal(None, "看", grants=(Grant("viewer", "*"),))
    with pytest.raises(Forbidden), runtime.unit_of_work(actor=viewer) as work:
        retry_many(work, Failed(asked))
    with runtime.unit_of_work(actor=OFFICER) as work:
        assert retry_many(work, Failed(asked)).retried == 1
    assert next(one.state for one in messages(runtime) if one.id == first) == "failed"


def test_the_page_asks_once_and_the_api_answers_a_repeated_request_alike(
    runtime: Runtime, others: Others, clock: SettableClock
) -> None:
    _failed(runtime, others, 2, email=None)
    clock.advance(minutes=1)
    app = create_app(runtime)
    add_staff(runtime, "li", Grant("officer", "*"))
    client = app.test_client()
    sign_in(client, "li")
    assert "/messages/retry/" in client.get("/messages?state=failed").text
    assert "Try these again" not in client.get("/messages?state=sent").text
    url = "/messages/retry/?channel=sms"
    assert "SMS: 2 are queued once more." in client.get(url).text
    assert client.post(url, data=form_fields(client, url)).status_code == 303
    assert states(runtime) == {"pending": 2}
    assert "None of these messages" in client.get(url).text
    _set(runtime, state="failed", reason="gave-up", finished_at=clock())
    headers = {**bearer(runtime, Grant("officer", "*")), "Idempotency-Key": "1"}
    before = (clock() + timedelta(minutes=1)).isoformat()
    asked = app.test_client().get("/api/v1/messages/retry-estimate", query_string={"before": before}, headers=headers)
    assert (asked.status_code, asked.json["messages"]) == (200, {"sms": 2})
    answers = [
        app.test_client().post("/api/v1/messages/retry", json={"before": before}, headers=headers) for _ in range(2)
    ]
    assert [(one.status_code, one.json["retried"]) for one in answers] == [(201, 2), (201, 2)]
    assert len(steps(runtime, "retried-by-staff")) == 4
