"""One event for thousands, from the outbox of the service where it happened to the last message: everything dies once.

Facilities' relay, the receiver, the processor before and after the commit of the whole fan-out, and whole workers again
and again while they send. Each worker has all roles, as it is operated.
"""

import signal
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func, insert, select, update

from facilities.bookings.commands import NewBooking, Wish, book
from facilities.resources.commands import NewResource, add_resource
from facilities.service import SERVICE as FACILITIES
from notifications.audiences.models import KnownMembership
from notifications.contacts.models import Contact
from notifications.messages.models import Message
from notifications.messages.queries import conservation
from notifications.rules.models import Rule
from notifications.seed import plant
from notifications.sending.settings import SendingSettings
from notifications.service import SERVICE as NOTIFICATIONS
from notifications.testing.conditions import messages, notices
from notifications.testing.crowds import write_contacts
from notifications.testing.mailbox_process import Mailbox
from shared.clock import utc_now
from shared.database.leases import database_now
from shared.database.tables import InboxRow, OutboxRow
from shared.identifiers import new_id
from shared.runtime import Runtime
from shared.testing.ports import free_port
from shared.testing.processes import Processes, RunningProcess, answers, wait_until

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]
KILLS_WHILE_SENDING = 4
THREADS = 4  # of each worker that carry mails
LEASE = 15


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[Mailbox]:
    running = Mailbox(tmp_path / "mailbox", free_port(), free_port())
    running.start()
    yield running
    running.stop()


class Chain:
    """Facilities and notifications on one bus, and the workers of both."""

    def __init__(self, make_runtime: Callable[..., Runtime], bus_url: str, mailbox: Mailbox, runner: Processes) -> None:
        self._common = {"BUS_URL": bus_url}
        self._sending = {
            "SMTP_URL": f"smtp://127.0.0.1:{mailbox.smtp_port}",
            "SMS_PROVIDERS": f'[{{"name": "mailbox", "kind": "generic", "url": "{mailbox.url}/sms"}}]',
            "YIZHAN_SEND_LEASE": str(LEASE),
            "YIZHAN_SEND_RETRY": "0.2",
        }
        self.facilities = make_runtime(FACILITIES, **self._common)
        self.notifications = make_runtime(NOTIFICATIONS, **self._common, **self._sending)
        for runtime in (self.facilities, self.notifications):
            runtime.clock = utc_now
        plant(self.notifications)
        self._mailbox = mailbox
        self._runner = runner
        self.workers: list[RunningProcess] = []
        self._number = 0

    def worker(self, runtime: Runtime, **more: str) -> RunningProcess:
        """A worker with all roles."""
        self._number += 1
        environ = {
            "YIZHAN_VAR": str(runtime.settings.var),
            "DATABASE_URL": runtime.settings.database_url,
            "WORKER_PORT": str(free_port()),
            **self._common,
            **self._sending,
            **more,
        }
        name = runtime.service.name
        main = f"from {name}.cli import main; main()"
        started = self._runner.python(f"{name}-{self._number}", "-c", main, "worker", environ=environ)
        if runtime is self.notifications:
            self.workers.append(started)
        return started

    def is_bound(self, worker: RunningProcess) -> bool:
        return answers(f"http://127.0.0.1:{worker.environ['WORKER_PORT']}/readyz") and self._is_quiet()

    def _is_quiet(self) -> bool:
        """Whether facilities answered what notifications asked for first, and all of it was taken."""
        with self.facilities.reading() as session:
            asked = session.scalar(select(func.count()).select_from(InboxRow).where(InboxRow.status == "done"))
            left = session.scalar(
                select(func.count()).where(OutboxRow.published_at.is_(None), OutboxRow.unrouted_at.is_(None))
            )
        with self.notifications.reading() as session:
            waiting = session.scalar(select(func.count()).where(InboxRow.status == "waiting"))
        return bool(asked) and left == 0 and waiting == 0

    def dies(self, worker: RunningProcess) -> None:
        assert worker.wait(120) == -signal.SIGKILL

    def kill_the_oldest(self) -> None:
        next(worker for worker in self.workers if worker.running).kill()

    def arrived(self) -> int:
        return int(self._mailbox.get("/api/messages", limit=1).json()["newest"])

    def law_holds(self) -> bool:
        """Nothing is lost at any moment, and what is being sent comes free within its lease."""
        with self.notifications.reading() as session:
            law = conservation(session)
            held = select(func.max(Message.due_at)).where(Message.state == "sending").scalar_subquery()
            lease = SendingSettings.of(self.notifications.settings).lease
            last, freed = session.execute(select(held, database_now(self.notifications.database.dialect, lease))).one()
        assert law.holds
        assert last is None or last <= freed
        return True

    def all_sent(self, total: int) -> bool:
        with self.notifications.reading() as session:
            return conservation(session).states["sent"] == total


@pytest.fixture
def chain(
    make_runtime: Callable[..., Runtime],
    bus_url: str,
    empty_bus: Callable[..., str],
    mailbox: Mailbox,
    process_runner: Processes,
) -> Chain:
    empty_bus(FACILITIES, NOTIFICATIONS)
    return Chain(make_runtime, bus_url, mailbox, process_runner)


def _members(runtime: Runtime, people: int, phones: int) -> UUID:
    """An organisation of so many, all with an e-mail address and the first with a telephone number, who are told of
    every booking; its id."""
    organisation = new_id()
    ids = write_contacts(runtime, people)
    rows = [
        {"membership_id": new_id(), "organisation_id": organisation, "person_id": one,
         "start_on": date(2026, 1, 1), "end_on": None}
        for one in ids
    ]  # fmt: skip
    with runtime.database.writing() as session:
        session.execute(insert(KnownMembership.__table__), rows)  # type: ignore[arg-type]
        for start in range(phones, people, 500):
            without = update(Contact).where(Contact.person_id.in_(ids[start : start + 500])).values(phone=None)
            session.execute(without.execution_options(synchronize_session=False))
        rule = session.scalars(select(Rule).where(Rule.event_type == "facilities.booking.confirmed")
                               .where(Rule.audience == "person")).one()  # fmt: skip
        rule.active, rule.switched_on = False, True
        rule.audience, rule.organisation_id, rule.channels = "members", organisation, ["sms", "email"]
    return organisation


def _add_room(runtime: Runtime) -> None:
    with runtime.unit_of_work() as work:
        add_resource(work, NewResource("activity", "room", "活动室", "Activity room", capacity=40))


def _book(runtime: Runtime) -> None:
    """A booking by the service's own command, and its event in the outbox of the same transaction."""
    with runtime.unit_of_work() as work:
        starts = (work.now + timedelta(days=7)).replace(hour=3, minute=0, second=0, microsecond=0)
        book(
            work,
            NewBooking([Wish("activity")], starts, starts + timedelta(hours=2), "union", "会议", person_id=new_id()),
        )


def _inbox(runtime: Runtime) -> list[str]:
    """What became of the booking's event, by status; one row, however often it was published."""
    with runtime.reading() as session:
        return list(session.scalars(select(InboxRow.status).where(InboxRow.type.like("%.booking.confirmed.v1"))))


@pytest.mark.parametrize(("people", "phones"), [(2_000, 2_000), (10_000, 1_000)])
def test_all_members_learn_of_a_booking_whatever_dies_on_the_way(
    chain: Chain, mailbox: Mailbox, tmp_path: Path, people: int, phones: int
) -> None:
    total = people + phones
    runtime = chain.notifications
    _members(runtime, people, phones)
    _add_room(chain.facilities)
    relay, first = chain.worker(chain.facilities), chain.worker(runtime)
    wait_until(lambda: chain.is_bound(first), 120, "queues that are bound and read models that are known")
    relay.end()
    first.end()

    _book(chain.facilities)
    chain.dies(chain.worker(chain.facilities, YIZHAN_FAULT=f"relay.after-publish@{tmp_path / 'relay'}"))
    chain.worker(chain.facilities)
    chain.dies(chain.worker(runtime, YIZHAN_FAULT=f"receive.after-commit@{tmp_path / 'receive'}"))
    chain.dies(chain.worker(runtime, YIZHAN_FAULT=f"process.before-commit@{tmp_path / 'before'}"))
    assert notices(runtime) == []
    chain.dies(chain.worker(runtime, YIZHAN_FAULT=f"process.after-commit@{tmp_path / 'after'}"))
    assert (len(notices(runtime)), _inbox(runtime)) == (people, ["done"])

    chain.worker(runtime)
    chain.worker(runtime)
    for number in range(KILLS_WHILE_SENDING):
        wanted = (number + 1) * total // (KILLS_WHILE_SENDING + 2)
        wait_until(lambda wanted=wanted: chain.law_holds() and chain.arrived() >= wanted, 400, f"{wanted} messages")  # type: ignore[misc]
        chain.kill_the_oldest()
        chain.worker(runtime)
    wait_until(lambda: chain.law_holds() and chain.all_sent(total), 400, "everybody told")
    _check_arrivals(runtime, mailbox, people, phones)
    wait_until(lambda: _told_of(runtime) == (total, 0), 120, "an event for each message")


def _check_arrivals(runtime: Runtime, mailbox: Mailbox, people: int, phones: int) -> None:
    """Everybody under their own Message-ID; an SMS once; a mail twice at most once for each thread and kill (also of
    the worker that died right after the fan-out, whose senders may have begun), and marked."""
    ids: dict[str, dict[str, str]] = {"sms": {}, "email": {}}
    marked = set()
    for message in messages(runtime):
        ids[message.channel][message.address] = str(message.message_id)
        if message.maybe_duplicate:
            marked.add(str(message.message_id))
    assert {channel: len(found) for channel, found in ids.items()} == {"sms": phones, "email": people}
    arrived: dict[str, list[tuple[str, str]]] = {"sms": [], "email": []}
    for one in mailbox.messages(limit=50_000):
        arrived[one["channel"]].append((one["to"], one["message_id"].strip("<>").partition("@")[0]))
    for channel, found in arrived.items():
        assert set(found) == set(ids[channel].items())
    assert len(arrived["sms"]) == phones
    mails = [message_id for _, message_id in arrived["email"]]
    twice = {one for one in mails if one in marked and mails.count(one) > 1} if len(mails) > people else set()
    assert len(mails) - people <= (KILLS_WHILE_SENDING + 1) * THREADS
    assert len(set(mails)) == people
    assert sum(mails.count(one) - 1 for one in twice) == len(mails) - people


def _told_of(runtime: Runtime) -> tuple[int, int]:
    """How many messages there is an event of that says they were sent, and how many have more than one."""
    sent = OutboxRow.type.like("%.message.sent.v1")
    with runtime.reading() as session:
        rows = session.scalar(select(func.count()).where(sent)) or 0
        subjects = session.scalar(select(func.count(OutboxRow.subject.distinct())).where(sent)) or 0
    return subjects, rows - subjects
