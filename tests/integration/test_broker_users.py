"""What each service's user may do at a real broker: all that its needs require, and nothing else.

The rest is tried with pika; the broker must answer 403 (ACCESS_REFUSED).
"""

import importlib
import json
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pika
import pytest
from pika.exceptions import ChannelClosedByBroker, ProbableAuthenticationError
from sqlalchemy import func, select

from shared.bus import OutboundMessage, Outcome, ReceivedMessage, connect
from shared.clock import utc_now
from shared.database.tables import InboxRow, RefusedMessage
from shared.deliveries.forbidden import forbidden_now
from shared.identifiers import new_id
from shared.testing.processes import wait_until
from shared.testing.servers import LocalRabbit, local_rabbitmq
from shared.worker.declaring import topology
from suite.broker_setup import SERVICES, Management, Refused, add_reader, contracts_folder, main, set_up

VHOST = "yizhan"
UNTOUCHED = "untouched"
"""A virtual host in which nothing is tried that is not allowed."""
PASSWORD = "only-for-this-test"
READER = "period-report"
TRIED = "org.yizhan.nobody.tried.this.v1"
REFUSED = 403
PRECONDITION_FAILED = 406
Attempt = Callable[[Any], object]

pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def node() -> Iterator[LocalRabbit]:
    """A broker that was set up like in production, with every service's names declared by its own user."""
    with local_rabbitmq(management=True) as running:
        by_guest = Management(running.management_url, "guest", "guest", VHOST)
        by_guest.wait()
        by_guest.call("PUT", "/users/administrator", {"password": PASSWORD, "tags": "administrator"})
        broker = Management(running.management_url, "administrator", PASSWORD, VHOST)
        set_up(broker, dict.fromkeys(SERVICES, PASSWORD), contracts_folder())
        add_reader(broker, READER, PASSWORD, ["activities", "welfare"])
        for _ in range(2):
            found = {name: connect(url(running, name)).declare(topology(service(name))) for name in SERVICES}
        assert {name: declared.missing for name, declared in found.items()} == dict.fromkeys(SERVICES, frozenset())
        yield running
        # nothing on it is kept, and stopping in good order takes seconds
        running.kill()


def service(name: str) -> Any:
    return importlib.import_module(f"{name}.service").SERVICE


def url(node: LocalRabbit, user: str) -> str:
    return node.url_of(user, PASSWORD, VHOST)


def answer_to(node: LocalRabbit, user: str, attempt: Attempt) -> int:
    """The code with which the broker closes the channel on this attempt; 200 when it lets it pass."""
    with pika.BlockingConnection(pika.URLParameters(url(node, user))) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        try:
            attempt(channel)
        except ChannelClosedByBroker as closed:
            return int(closed.reply_code)
        channel.close()
        return 200


def publish(exchange: str, key: str, **properties: Any) -> Attempt:
    return lambda channel: channel.basic_publish(exchange, key, b"{}", pika.BasicProperties(**properties))


def declare_queue(name: str) -> Attempt:
    arguments = {"x-queue-type": "quorum", "x-single-active-consumer": True}
    return lambda channel: channel.queue_declare(name, durable=True, arguments=arguments)


def declare_exchange(name: str) -> Attempt:
    return lambda channel: channel.exchange_declare(name, "topic", durable=True)


def read(queue: str) -> Attempt:
    return lambda channel: channel.basic_consume(queue, lambda *message: None)


def bind(queue: str, exchange: str, key: str = "nothing-comes-by-this") -> Attempt:
    return lambda channel: channel.queue_bind(queue, exchange, key)


def unbind(queue: str, exchange: str) -> Attempt:
    return lambda channel: channel.queue_unbind(queue, exchange, "#")


def event(exchange: str, key: str) -> OutboundMessage:
    return OutboundMessage(str(new_id()), exchange, key, b"{}", type=TRIED, app_id="x", timestamp=utc_now())


def receive(bus_url: str, queues: Sequence[str], number: int, key: str) -> int:
    """Take messages of this type from these queues, as a worker does, until there are so many; how many came."""
    found = 0
    stop = threading.Event()

    def take(batch: list[ReceivedMessage]) -> None:
        nonlocal found
        found += sum(message.type == key for message in batch)
        if found >= number:
            stop.set()

    watchdog = threading.Timer(60, stop.set)
    watchdog.start()
    connect(bus_url).receiver(queues).run(stop, take)
    watchdog.cancel()
    return found


def test_every_service_publishes_asks_and_receives_with_its_own_user(node: LocalRabbit) -> None:
    bindings = [each.binding for name in SERVICES for each in topology(service(name)).foreign_bindings]
    expected: Counter[str] = Counter()
    for name in SERVICES:
        publishers = sorted({each.publisher for each in service(name).reactions})
        messages = [event(f"{each}.requests", f"{name}.snapshot.requested.v1") for each in publishers]
        expected.update(publishers)
        for exchange in topology(service(name)).exchanges:
            readers = [binding for binding in bindings if binding.exchange == exchange.name]
            keys = {binding.routing_key.replace("#", "thing.done.v1") for binding in readers}
            messages += [event(exchange.name, key) for key in sorted(keys)]
            expected.update(binding.queue.partition(".")[0] for binding in readers)
        with connect(url(node, name)).publisher() as publisher:
            assert publisher.publish(messages, 30) == [Outcome.CONFIRMED] * len(messages), publisher.last_error
    for name in expected:
        queues = topology(service(name)).queues
        assert receive(url(node, name), queues, expected[name], TRIED) == expected[name], name


@pytest.mark.parametrize("user", SERVICES)
def test_a_service_declares_nothing_in_the_name_of_another(node: LocalRabbit, user: str) -> None:
    other = SERVICES[SERVICES.index(user) - 1]
    for attempt in (
        declare_queue(f"{other}.{user}-events"),
        declare_queue(f"{user}-copy.events"),
        declare_exchange(f"{other}.more"),
        lambda channel: channel.queue_delete(f"{other}.requests"),
        lambda channel: channel.exchange_delete(f"{other}.events"),
        lambda channel: channel.queue_delete(f"{user}.dead-letters"),
        lambda channel: channel.queue_purge(f"{other}.requests"),
    ):
        assert answer_to(node, user, attempt) == REFUSED


@pytest.mark.parametrize("user", SERVICES)
def test_a_service_publishes_nothing_in_the_name_of_another(node: LocalRabbit, user: str) -> None:
    read_from = {each.publisher for each in service(user).reactions}
    for other in set(SERVICES) - {user}:
        assert answer_to(node, user, publish(f"{other}.events", f"{other}.thing.done.v1")) == REFUSED
        assert answer_to(node, user, publish(f"{other}.snapshots", f"{user}.{other}-events")) == REFUSED
        asked = answer_to(node, user, publish(f"{other}.requests", f"{user}.snapshot.requested.v1"))
        assert asked == (200 if other in read_from else REFUSED)
        # straight into a queue, past its publisher's exchange
        assert answer_to(node, user, publish("", f"{other}.requests")) == REFUSED
        forged = publish(f"{user}.events", f"{user}.thing.done.v1", user_id=other)
        assert answer_to(node, user, forged) == PRECONDITION_FAILED
    assert answer_to(node, user, publish("membership.contacts", "x")) == (200 if user == "membership" else REFUSED)


@pytest.mark.parametrize("user", SERVICES)
def test_a_service_reads_no_queue_but_its_own(node: LocalRabbit, user: str) -> None:
    for other in set(SERVICES) - {user}:
        for queue in topology(service(other)).queues:
            assert answer_to(node, user, read(queue)) == REFUSED
    assert answer_to(node, user, read(f"{user}.dead-letters")) == REFUSED
    assert answer_to(node, user, read(f"{user}.requests")) == 200


@pytest.mark.parametrize("user", SERVICES)
def test_a_service_binds_only_to_publishers_that_it_needs(node: LocalRabbit, user: str) -> None:
    read_from = {each.publisher for each in service(user).reactions}
    queue = f"{user}.requests"
    for other in set(SERVICES) - {user}:
        for exchange in (f"{other}.events", f"{other}.snapshots"):
            assert answer_to(node, user, bind(queue, exchange)) == (200 if other in read_from else REFUSED)
        assert answer_to(node, user, bind(queue, f"{other}.requests")) == REFUSED
        # Queue and exchange of requests have one name. Who may write there may lead more into the queue, and no more.
        led_in = answer_to(node, user, bind(f"{other}.requests", f"{user}.events"))
        assert led_in == (200 if other in read_from else REFUSED)
        assert answer_to(node, user, unbind(f"{other}.requests", f"{other}.requests")) == REFUSED


def test_only_notifications_binds_to_contact_details(node: LocalRabbit) -> None:
    answers = {user: answer_to(node, user, bind(f"{user}.requests", "membership.contacts")) for user in SERVICES}
    answers[READER] = answer_to(node, READER, bound_queue("membership.contacts"))
    # their owner could bind a queue of its own: it knows them anyway
    assert answers == {**dict.fromkeys([*SERVICES, READER], REFUSED), "notifications": 200, "membership": 200}


def bound_queue(exchange: str) -> Attempt:
    def attempt(channel: Any) -> None:
        declare_queue(f"{READER}.inbox")(channel)
        bind(f"{READER}.inbox", exchange)(channel)

    return attempt


def test_a_program_of_another_team_reads_what_it_was_given_and_nothing_else(node: LocalRabbit) -> None:
    for publisher in SERVICES:
        allowed = publisher in ("activities", "welfare")
        expected = 200 if allowed else REFUSED
        assert answer_to(node, READER, bound_queue(f"{publisher}.events")) == expected
        assert answer_to(node, READER, bound_queue(f"{publisher}.snapshots")) == expected
        assert answer_to(node, READER, publish(f"{publisher}.requests", f"{READER}.snapshot.requested.v1")) == expected
        assert answer_to(node, READER, publish(f"{publisher}.events", f"{publisher}.x.y.v1")) == REFUSED
        assert answer_to(node, READER, read(f"{publisher}.requests")) == REFUSED
    assert answer_to(node, READER, read(f"{READER}.inbox")) == 200
    assert answer_to(node, READER, declare_queue("inbox")) == REFUSED


def test_nobody_gets_in_as_guest_or_without_the_password(node: LocalRabbit) -> None:
    for user, password in (("guest", "guest"), ("membership", "wrong")):
        with pytest.raises(ProbableAuthenticationError):
            pika.BlockingConnection(pika.URLParameters(node.url_of(user, password, VHOST)))


def test_no_user_of_a_service_administers_the_broker(node: LocalRabbit) -> None:
    for user in (*SERVICES, READER):
        with pytest.raises(Refused, match="401"):
            Management(node.management_url, user, PASSWORD, VHOST).call("GET", "/users")


def test_the_command_makes_a_reader_and_says_why_it_does_not(
    node: LocalRabbit, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MANAGEMENT_URL", node.management_url)
    monkeypatch.setenv("RABBITMQ_ADMIN_PASSWORD", PASSWORD)
    assert main(["reader", "front-hall-screen", "--reads", "activities"]) == 2
    assert "BUS_PASSWORD" in capsys.readouterr().err
    monkeypatch.setenv("BUS_PASSWORD", PASSWORD)
    assert main(["reader", "front-hall-screen", "--reads", "activities"]) == 0
    assert answer_to(node, "front-hall-screen", declare_queue("front-hall-screen.activities-events")) == 200
    assert main(["reader", "welfare", "--reads", "activities"]) == 1
    assert "no name for a reader" in capsys.readouterr().err
    assert main(["reader", "front-hall-screen", "--reads", "activities,contacts"]) == 1
    assert "nobody publishes as contacts" in capsys.readouterr().err


@pytest.mark.long
def test_the_suite_does_its_work_with_these_users_and_is_refused_nothing(
    node: LocalRabbit, suite_running: Callable[..., Any], tmp_path: Path
) -> None:
    administrator = Management(node.management_url, "administrator", PASSWORD, UNTOUCHED)
    set_up(administrator, dict.fromkeys(SERVICES, PASSWORD), contracts_folder())
    addresses = {name: node.url_of(name, PASSWORD, UNTOUCHED) for name in SERVICES}
    with suite_running(tmp_path, addresses) as suite:
        person = {"name": "王小明", "language": "zh-Hans", "phone": "+8613800000001", "email": "wang@example.com"}
        person_id = suite.post("membership", "/people", person)["id"]
        room = {"code": "reading", "kind": "room", "name_zh": "阅览室", "name_en": "Reading room", "capacity": 20}
        suite.post("facilities", "/resources", room)
        wait_until(lambda: taken(suite, "notifications", "contact.changed") == {"done": 1}, 60, "a known contact")
        begins = (utc_now() + timedelta(days=3)).replace(hour=2, minute=0, second=0, microsecond=0)
        booking = {
            "resource_code": "reading",
            "starts_at": begins.isoformat(),
            "ends_at": (begins + timedelta(hours=1)).isoformat(),
            "body": "union",
            "title": "读书会",
            "person_id": person_id,
        }
        suite.post("facilities", "/bookings", booking)
        for address in (person["phone"], person["email"]):
            wait_until(lambda address=address: suite.mailbox(address), 60, f"news to {address}")
            assert "阅览室" in json.dumps(suite.mailbox(address), ensure_ascii=False)

        asked = {
            name: sorted({each.publisher for each in service(name).reactions if each.snapshot_nouns})
            for name in SERVICES
        }
        for name, publishers in asked.items():
            for publisher in publishers:
                command = [str(Path(sys.executable).parent / name), "ask-for-snapshot", publisher]
                asking = suite.runner.start(f"{name}-asks-{publisher}", command, suite.environs[name])
                assert asking.wait(60) == 0, asking.output()
        knows = {"activities": "person", "welfare": "person", "notifications": "contact"}
        for name, noun in knows.items():
            wait_until(lambda name=name, noun=noun: snapshots(suite, name, noun), 60, f"{name} told of its {noun}")
        wait_until(lambda: all(at_rest(suite, name) for name in SERVICES), 60, "everything worked off")
        for name in SERVICES:
            with suite.runtimes[name].reading() as session:
                assert forbidden_now(session) == {}, name
                assert session.scalars(select(RefusedMessage.detail)).all() == [], name
            assert "does not let the user" not in suite.processes[f"{name}-worker"].output()
    # the broker names the virtual host in each refusal
    said = broker_log(node)
    assert "accepting AMQP connection" in said
    assert [line for line in said.splitlines() if "refused" in line and UNTOUCHED in line] == []


def taken(suite: Any, consumer: str, event: str) -> dict[str, int]:
    found: dict[str, int] = suite.inbox_counts(consumer, suite.recorded("membership", event))
    return found


def snapshots(suite: Any, name: str, noun: str) -> int:
    """How many snapshots of this noun of membership had their effect in this service."""
    kind = f"org.yizhan.membership.{noun}.snapshot.v1"
    found = select(func.count()).where(InboxRow.type == kind, InboxRow.status == "done")
    with suite.runtimes[name].reading() as session:
        return int(session.execute(found).scalar_one())


def at_rest(suite: Any, name: str) -> bool:
    with suite.runtimes[name].reading() as session:
        return not set(session.scalars(select(InboxRow.status).distinct())) & {"waiting", "attention"}


def broker_log(node: LocalRabbit) -> str:
    return "".join(path.read_text(errors="replace") for path in (node.folder / "log").glob("*.log"))
