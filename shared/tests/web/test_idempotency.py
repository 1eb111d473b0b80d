import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from shared.database.tables import OutboxRow
from shared.principal import Grant
from shared.runtime import Runtime
from shared.staff.models import IdempotencyKey
from shared.staff.timers import forget_what_expired
from shared.testing.fakes import SettableClock
from shared.testing.web import bearer as bearer_header

URL = "/api/v1/things"


@pytest.fixture
def post(client: FlaskClient, bearer: dict[str, str]) -> Callable[..., Any]:
    def send(body: dict[str, Any], key: str = "k-1", **headers: str) -> Any:
        return client.post(URL, json=body, headers={**bearer, "Idempotency-Key": key, **headers})

    return send


def counted(runtime: Runtime, table: type[Any]) -> int:
    with runtime.reading() as session:
        return int(session.execute(select(func.count()).select_from(table)).scalar_one())


def test_the_same_request_is_carried_out_once_and_answered_alike(post: Callable[..., Any], runtime: Runtime) -> None:
    first = post({"name": "Chess", "body": "party"})
    again = post({"body": "party", "name": "Chess"})
    assert first.status_code == again.status_code == 201
    assert first.json == again.json
    assert counted(runtime, OutboxRow) == 1


def test_the_same_key_with_another_body_is_refused(post: Callable[..., Any]) -> None:
    post({"name": "Chess"})
    answer = post({"name": "Go"})
    assert (answer.status_code, answer.json["code"]) == (422, "idempotency-key-reused")


def test_keys_of_two_programs_do_not_meet(post: Callable[..., Any], runtime: Runtime) -> None:
    first = post({"name": "Chess"})
    other = post({"name": "Go"}, **bearer_header(runtime, Grant("officer", "party"), name="another"))
    assert other.status_code == 201
    assert other.json["id"] != first.json["id"]


def test_a_refused_command_leaves_no_key(post: Callable[..., Any], runtime: Runtime) -> None:
    assert post({"name": "!"}).status_code == 422
    assert counted(runtime, IdempotencyKey) == 0
    assert post({"name": "Chess"}).status_code == 201


def test_after_a_day_the_key_is_free_again(post: Callable[..., Any], runtime: Runtime, clock: SettableClock) -> None:
    first = post({"name": "Chess"})
    clock.advance(hours=23, minutes=59)
    assert post({"name": "Chess"}).json["id"] == first.json["id"]
    clock.advance(minutes=1)
    assert post({"name": "Go"}).json["id"] != first.json["id"]
    clock.advance(hours=25)
    forget_what_expired(runtime)
    assert counted(runtime, IdempotencyKey) == 0


def test_no_body_is_kept(post: Callable[..., Any], runtime: Runtime) -> None:
    made = post({"name": "a very private name"})
    with runtime.reading() as session:
        [row] = session.scalars(select(IdempotencyKey)).all()
    assert row.resource_id == made.json["id"]
    assert row.status == 201
    assert b"private" not in row.body_hmac


def test_an_overlong_key_is_malformed(post: Callable[..., Any]) -> None:
    assert post({"name": "Chess"}, key="k" * 256).status_code == 400


def test_a_request_that_still_runs_answers_409_on_postgresql(
    post: Callable[..., Any], app: Flask, runtime: Runtime, bearer: dict[str, str]
) -> None:
    """Hold the first request inside its command, ask again, then let it go on."""
    if runtime.database.dialect != "postgresql":
        assert runtime.database.dialect == "sqlite"
        return
    from demo import things

    inside, go_on = threading.Event(), threading.Event()
    original = things.Thing.__init__

    def wait(self: Any, *args: Any, **kwargs: Any) -> None:
        inside.set()
        go_on.wait(10)
        original(self, *args, **kwargs)

    headers = {**bearer, "Idempotency-Key": "slow"}
    answers: list[int] = []
    slow = threading.Thread(
        target=lambda: answers.append(app.test_client().post(URL, json={"name": "Chess"}, headers=headers).status_code)
    )
    things.Thing.__init__ = wait  # type: ignore[method-assign]
    try:
        slow.start()
        assert inside.wait(10)
        second = post({"name": "Chess"}, key="slow")
    finally:
        go_on.set()
        slow.join()
        things.Thing.__init__ = original  # type: ignore[method-assign]
    assert (second.status_code, second.json["code"]) == (409, "request-still-running")
    assert answers == [201]


def test_ten_at_once_make_one_thing(app: Flask, runtime: Runtime, bearer: dict[str, str]) -> None:
    headers = {**bearer, "Idempotency-Key": "burst"}
    statuses: list[int] = []

    def send() -> None:
        statuses.append(app.test_client().post(URL, json={"name": "Chess"}, headers=headers).status_code)

    threads = [threading.Thread(target=send) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(statuses) <= {201, 409}
    assert counted(runtime, OutboxRow) == 1
