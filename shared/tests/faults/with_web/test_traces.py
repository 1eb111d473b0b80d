"""One trace and one correlation id from a request through outbox, bus and inbox to the effect's own events and logs."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from shared.database.tables import InboxRow
from shared.identifiers import new_id
from shared.testing.collector import CollectedSpan, Collector
from shared.testing.delivery import recorded
from shared.testing.example import name_thing
from shared.testing.ports import free_port
from shared.testing.processes import wait_until

Start = Callable[..., Any]
pytestmark = pytest.mark.timeout(400)
CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
SECRET = "Wang Xiaoming?"


def test_a_request_its_event_and_the_effect_are_one_trace(
    pair: Any, worker: Start, start_web: Start, collected: Collector
) -> None:
    publisher = worker("publisher", **collected.environ)
    reader = worker("reader", **collected.environ)
    web = start_web(**collected.environ)
    pair.wait_for_bindings()
    answer = web.name_thing(SECRET, {"traceparent": CALLER, "X-Request-ID": "request-17"})
    assert answer.status_code == 201, answer.text
    pair.wait_for([SECRET])

    [event] = recorded(pair.runtimes["publisher"], "thing.named")
    [effect] = recorded(pair.runtimes["reader"], "note.answered")
    trace_id = CALLER.split("-")[1]
    assert [each.split("-")[1] for each in (event.traceparent, effect.traceparent)] == [trace_id] * 2
    assert event.traceparent == answer.headers["traceparent"]
    assert answer.headers["X-Request-ID"] == event.correlationid == effect.correlationid == "request-17"
    assert event.causationid is None
    assert effect.causationid == str(event.id)

    wait_until(lambda: len(collected.of_trace(trace_id)) >= 4, 20, "every span at the collector")
    spans = {(span.service, span.name): span for span in collected.of_trace(trace_id)}
    request = spans["publisher", "POST /api/v1/things"]
    sent = spans["publisher", "send publisher.events"]
    processed = spans["reader", "process reader.publisher-events"]
    answered = spans["reader", "send reader.events"]
    assert [span.kind for span in (request, sent, processed, answered)] == [
        "server",
        "producer",
        "consumer",
        "producer",
    ]
    assert request.parent_id == CALLER.split("-")[2]
    assert [sent.parent_id, processed.parent_id] == [request.span_id] * 2
    assert processed.links == (request.span_id,)
    assert answered.parent_id == processed.span_id
    assert event.traceparent.split("-")[2] == request.span_id
    assert effect.traceparent.split("-")[2] == processed.span_id
    assert [request.process, sent.process, processed.process] == ["web", "worker", "worker"]

    assert request.attributes["http.route"] == "/api/v1/things"
    assert request.attributes["http.response.status_code"] == 201
    assert sent.attributes["messaging.message.id"] == processed.attributes["messaging.message.id"] == str(event.id)
    assert sent.attributes["messaging.destination.name"] == "publisher.events"
    assert processed.attributes["messaging.message.conversation_id"] == "request-17"
    assert "Wang" not in repr(collected.spans)

    [of_request] = [
        line for line in lines(web.process) if line["message"] == "request answered" and line["status"] == 201
    ]
    [of_effect] = [line for line in lines(reader) if line["message"] == "noted down"]
    for line in (of_request, of_effect):
        assert (line["correlation_id"], line["trace_id"]) == ("request-17", trace_id)
    assert of_effect["event_id"] == str(event.id)
    # the last spans are sent before a process ends
    for process in (web.process, reader, publisher):
        assert process.terminate() == 0


def lines(process: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in process.output().splitlines() if line.startswith("{")]


@pytest.mark.long
def test_without_a_collector_the_ids_still_travel_and_timers_begin_traces_of_their_own(
    pair: Any, worker: Start, start_web: Start
) -> None:
    worker("publisher", "relay,receive,process,timers")
    worker("reader")
    web = start_web()
    pair.wait_for_bindings()
    answers = [web.name_thing(name) for name in ("lamp?", "later chair")]
    pair.wait_for(["lamp?", "later chair", "chair"])
    lamp, put_off, chair = recorded(pair.runtimes["publisher"], "thing.named")
    [effect] = recorded(pair.runtimes["reader"], "note.answered")
    assert [lamp.traceparent, put_off.traceparent] == [each.headers["traceparent"] for each in answers]
    assert effect.traceparent.split("-")[1] == lamp.traceparent.split("-")[1]
    assert effect.causationid == str(lamp.id)
    traces = {each.traceparent.split("-")[1] for each in (lamp, put_off, chair)}
    assert len(traces) == 3
    assert chair.correlationid not in (lamp.correlationid, put_off.correlationid)


@pytest.mark.long
def test_a_failing_effect_is_seen_in_its_trace_by_its_kind(pair: Any, worker: Start, collected: Collector) -> None:
    worker("publisher")
    reader = worker("reader", **collected.environ)
    pair.wait_for_bindings()
    with pair.runtimes["publisher"].unit_of_work(correlation_id="c-1", traceparent=CALLER) as work:
        name_thing(work, new_id(), "poison")
    wait_until(lambda: any(span.failed for span in collected.spans), 20, "the failed span")
    failed: CollectedSpan = next(span for span in collected.spans if span.failed)
    assert failed.trace_id == CALLER.split("-")[1]
    assert failed.attributes["error.type"] == "RuntimeError"
    assert "cannot be handled" not in repr(collected.spans)
    wait_until(lambda: [line for line in lines(reader) if line["message"] == "event failed"], 20, "the log line")
    line = next(line for line in lines(reader) if line["message"] == "event failed")
    with pair.runtimes["reader"].reading() as session:
        event_id = session.scalars(select(InboxRow.event_id)).one()
    assert (line["correlation_id"], line["trace_id"], line["event_id"]) == ("c-1", failed.trace_id, str(event_id))


@pytest.mark.long
def test_a_collector_that_is_away_holds_nobody_up(pair: Any, worker: Start, start_web: Start) -> None:
    away = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{free_port()}", "OTEL_BSP_SCHEDULE_DELAY": "100"}
    worker("publisher", **away)
    reader = worker("reader", **away)
    web = start_web(**away)
    pair.wait_for_bindings()
    assert web.name_thing("lamp").status_code == 201
    pair.wait_for(["lamp"])
    assert web.process.terminate(10) == 0
    assert reader.terminate(10) == 0


def test_a_protocol_that_is_not_built_in_is_said_at_the_start(worker: Start) -> None:
    endpoint = f"http://127.0.0.1:{free_port()}"
    worker = worker("reader", OTEL_EXPORTER_OTLP_ENDPOINT=endpoint, OTEL_EXPORTER_OTLP_PROTOCOL="grpc")
    assert worker.wait(30) == 1
    assert "http/protobuf only" in worker.output()
