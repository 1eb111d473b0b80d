"""What the broker forbids is shown wherever somebody looks: on the page, at the shell and to checks."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from shared.deliveries.forbidden import forbidden_now, note_forbidden
from shared.deliveries.summary import summarise
from shared.forbidden import BIND, CONSUME, Forbidden
from shared.operations import delivery_texts as texts
from shared.runtime import Runtime

QUEUE = "reader.publisher-events"
MAY_NOT_BIND = Forbidden(BIND, "reader", QUEUE, "publisher.events")
MAY_NOT_READ = Forbidden(CONSUME, "reader", QUEUE)


def note(reader: Runtime, loop: str, *found: Forbidden) -> None:
    with reader.unit_of_work() as work:
        note_forbidden(work.session, loop, found, work.now)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", f"does not let the user reader bind the queue {QUEUE} to the exchange publisher.events"),
        ("zh-Hans", f"消息代理不允许用户 reader 将队列 {QUEUE} 绑定到交换机 publisher.events"),
    ],
)
def test_the_page_the_shell_and_readiness_tell_what_is_forbidden(
    reader: Runtime, signed_in: Callable[..., FlaskClient], language: str, words: str
) -> None:
    client = signed_in(language=language)
    assert words not in client.get("/deliveries/").text
    note(reader, "declare", MAY_NOT_BIND)
    page = client.get("/deliveries/").text
    assert words in page
    assert "Everything has been delivered." not in page
    readiness = client.get("/readyz")
    assert (readiness.status_code, readiness.json["warnings"]) == (200, [str(MAY_NOT_BIND)])
    with reader.reading() as session:
        found = summarise(session, reader.service, reader.clock())
    assert texts.worries(found, 300) == ["The broker's permissions"]
    assert str(MAY_NOT_BIND) in texts.summary(found, 300)
    assert texts.summary_data(found, 300)["forbidden"][0]["exchange"] == "publisher.events"


def test_what_stands_keeps_its_time_and_what_is_allowed_goes(reader: Runtime) -> None:
    began = reader.clock()
    note(reader, "declare", MAY_NOT_BIND)
    note(reader, "receive", MAY_NOT_READ, MAY_NOT_BIND)
    reader.clock.advance(minutes=1)  # type: ignore[attr-defined]
    note(reader, "declare", MAY_NOT_BIND)
    note(reader, "receive", MAY_NOT_READ)
    with reader.reading() as session:
        assert forbidden_now(session) == {MAY_NOT_BIND: began, MAY_NOT_READ: began}
    note(reader, "declare")
    with reader.reading() as session:
        assert forbidden_now(session) == {MAY_NOT_READ: began}
    assert reader.clock() - began == timedelta(minutes=1)
