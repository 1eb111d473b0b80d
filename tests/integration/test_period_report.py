"""The program of another team, run against the suite: from events alone it comes to the numbers that the services say.

It begins late, so the past reaches it by snapshots; it is killed, a message of it gets lost, and it is told to end.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pika
import pytest
from sqlalchemy import func, select

from shared.clock import utc_now
from shared.database.tables import OutboxRow
from shared.principal import Grant
from shared.staff.tokens import add_token
from shared.testing.brokers import open_connection
from shared.testing.processes import RunningProcess, wait_until
from shared.testing.servers import local_rabbitmq

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "period-report"
GUIDE = Path(__file__).resolve().parents[2] / "docs" / "consume-an-event.md"
QUEUES = ("period-report.welfare-events", "period-report.activities-events", "talk-counter.welfare-events")
CENTRE = ZoneInfo("Asia/Shanghai")
pytestmark = [pytest.mark.long, pytest.mark.timeout(400)]


@pytest.fixture
def suite(start_suite: Callable[..., Any], stack: str) -> Iterator[Any]:
    """The suite on RabbitMQ, which the program needs; on the spool's stack beside SQLite."""
    with ExitStack() as after:
        broker = None if stack == "postgresql" else after.enter_context(local_rabbitmq())
        running = start_suite(broker.url if broker else None)
        _remove_queues(running.bus_url)
        after.callback(_remove_queues, running.bus_url)
        yield running


def _remove_queues(url: str) -> None:
    with open_connection(url) as connection:
        for queue in QUEUES:
            connection.channel().queue_delete(queue)


def bus_of(suite: Any) -> str:
    """The address as pika and most other clients want it."""
    url = str(suite.bus_url)
    return url.removesuffix("//") + "/%2F" if url.endswith("//") else url


def follow_the_guide(suite: Any, folder: Path) -> RunningProcess:
    """The program that the guide prints, copied out of it and started in an empty folder."""
    [program] = [
        block
        for block in re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
        if "start_consuming" in block
    ]
    (folder / "follow.py").write_text(program, encoding="utf-8")
    command = ["sh", "-c", f'cd "{folder}" && exec "{sys.executable}" follow.py']
    process: RunningProcess = suite.runner.start("follow", command, {"BUS_URL": bus_of(suite)})
    return process


class Reader:
    """The program as its team runs it: with its own file, and nothing but the address of the bus."""

    def __init__(self, suite: Any) -> None:
        self.state = suite.folder / "period-report.db"
        self.environ = {"BUS_URL": bus_of(suite), "PYTHONPATH": str(EXAMPLE)}
        self.command = [sys.executable, "-m", "period_report", "--state", str(self.state)]
        self.process: RunningProcess = suite.runner.start("period-report", [*self.command, "listen"], self.environ)

    def show(self, *arguments: str) -> str:
        environ = {**os.environ, **self.environ}
        return subprocess.run(
            [*self.command, "show", *arguments], env=environ, capture_output=True, text=True, check=True
        ).stdout

    def report(self, first: date, last: date) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.show("--from", str(first), "--to", str(last), "--json"))
        return found


class Centre:
    """What people do in the services, over their APIs. Each step of relief is taken by somebody else."""

    def __init__(self, suite: Any) -> None:
        self.suite = suite
        self.today = utc_now().astimezone(CENTRE).date()
        with suite.runtimes["welfare"].unit_of_work() as work:
            self.staff = {
                name: add_token(work, name=name, grants=[Grant("admin", "*")])
                for name in ("drafter", "visitor", "approver", "payer")
            }
        self.people = [self.suite.post("membership", "/people", {"name": f"张{number}"})["id"] for number in range(4)]
        self.activities: list[str] = []
        for service in ("welfare", "activities"):
            wait_until(lambda service=service: self._known(service), 60, f"the people in {service}")
        fund = {"code": "relief", "name_zh": "救助金", "name_en": "Relief", "body": "*", "budget": "10000.00"}
        self.fund = self.suite.post("welfare", "/funds", fund)["id"]

    def _known(self, service: str) -> bool:
        ids = self.suite.recorded("membership", "person.registered")
        return bool(self.suite.inbox_counts(service, ids).get("done", 0) == len(ids))

    def act(self, who: str, path: str, body: dict[str, Any], status: int = 200) -> dict[str, Any]:
        self.suite.tokens["welfare"] = self.staff[who]
        found: dict[str, Any] = self.suite.post("welfare", path, body, status=status)
        return found

    def talk(self, body: str, days_ago: int, at: str = "10:00") -> None:
        starts_at = datetime.fromisoformat(f"{self.today - timedelta(days=days_ago)}T{at}:00").replace(tzinfo=CENTRE)
        ends_at = starts_at + timedelta(minutes=30)
        times = {"starts_at": starts_at.isoformat(), "ends_at": ends_at.isoformat()}
        asked = {"body": body, "person_id": self.people[0], "outcome": "advised", **times}
        self.act("drafter", "/talks/held", asked, 201)

    def dispute(self, body: str, end: str, days_ago: int) -> str:
        day = str(self.today - timedelta(days=days_ago))
        opened = {"body": body, "kind": "wages", "person_ids": self.people[:2], "opened_on": day}
        dispute: str = self.act("drafter", "/disputes", opened, 201)["id"]
        self.act("drafter", f"/disputes/{dispute}/sessions", {"held_on": day}, 201)
        if end:
            self.act("drafter", f"/disputes/{dispute}/{end}", {"closed_on": day})
        return dispute

    def relief(self, body: str, person: int, amount: str, *, reverse: bool = False) -> None:
        asked = {"body": body, "person_id": self.people[person], "fund_id": self.fund, "amount_asked": amount}
        case = self.act("drafter", "/relief-applications", {**asked, "occasion": "illness"}, 201)["id"]
        self.act("visitor", f"/relief-applications/{case}/visit", {"visited_on": str(self.today)})
        self.act("approver", f"/relief-applications/{case}/approve", {})
        paid = self.act("payer", "/disbursements", {"relief_application_id": case}, 201)["id"]
        if reverse:
            self.act("approver", f"/disbursements/{paid}/reverse", {"reason": "returned"})

    def activity(self, bodies: list[str], *present: bool) -> None:
        """Begins in half an hour, so that the desk may check in already whoever registered."""
        begins = utc_now() + timedelta(minutes=30)
        times = {"starts_at": begins.isoformat(), "ends_at": (begins + timedelta(hours=1)).isoformat(), "capacity": 9}
        plan = {"kind": "film", "title_zh": "电影", "venue_zh": "操场", "bodies": bodies, "sessions": [times]}
        made = self.suite.post("activities", "/activities", plan)["id"]
        self.suite.post("activities", f"/activities/{made}/publish", {}, status=200)
        for person_id, there in zip(self.people, present, strict=False):
            row = self.suite.post("activities", f"/activities/{made}/registrations", {"person_ids": [person_id]})
            for mark in (True, there):
                told = {"registration_id": row["id"], "present": mark}
                self.suite.post("activities", f"/activities/{made}/attendance", told, status=200)
        self.activities.append(made)

    def present(self) -> int:
        """As activities says it itself."""
        rolls = [self.suite.get("activities", f"/activities/{made}/attendance")["items"] for made in self.activities]
        return sum(entry["present"] is True for roll in rolls for entry in roll)


def agree(centre: Centre, reader: Reader, first: date, last: date) -> bool:
    """Whether the program counts what welfare reports of a period, body by body, and misses nothing."""
    own = reader.report(first, last)
    said = centre.suite.get("welfare", "/reports/period", **{"from": str(first), "to": str(last)})
    counted = [*own["bodies"], own["totals"]]
    reported = sorted(said["bodies"], key=lambda row: [one["body"] for one in counted].index(row["body"]))
    both = zip(counted, [*reported, said["totals"]], strict=True)
    same = all({name: mine[name] for name in theirs} == theirs for mine, theirs in both)
    return same and own["missing"] == own["put_aside"] == 0


def test_it_counts_what_the_services_report(suite: Any, tmp_path: Path) -> None:
    centre = Centre(suite)
    today = centre.today
    year_ago, month_ago = today - timedelta(days=365), today - timedelta(days=31)
    periods = ((year_ago, today), (year_ago, month_ago), (month_ago + timedelta(days=1), today))
    centre.talk("union", 200)
    centre.talk("women", 31, "23:59")
    centre.talk("women", 30, "00:00")
    centre.dispute("union", "settle", 40)
    centre.dispute("league", "give-up", 5)
    centre.relief("union", 1, "2000.10")
    centre.relief("women", 2, "1000.20", reverse=True)
    centre.activity(["union", "women"], True, True, False)
    wait_until(lambda: told_all(suite), 60, "the past told and gone")

    reader, guided = Reader(suite), follow_the_guide(suite, tmp_path)

    def counts_the_same() -> bool:
        return all(agree(centre, reader, *period) for period in periods)

    wait_until(counts_the_same, 60, "the past learnt from snapshots")
    learnt = reader.report(*periods[0])["totals"]
    assert learnt == {
        "body": None,
        "talks_received": 3,
        "disputes_settled": 1,
        "disputes_unsettled": 1,
        "families_visited": 2,
        "families_helped": 1,
        "amount_paid": "2000.10",
        "activities": 1,
        "attendance": 2,
    }

    for number in range(12):
        centre.talk("party", number + 1)
        if number == 6:
            reader.process.kill()
    lost = centre.dispute("party", "", 1)
    wait_until(lambda: told_all(suite), 60, "what happened meanwhile told")
    assert lose_what_was_said_of(suite, f"dispute/{lost}") == 1
    reader.process.restart()
    centre.act("drafter", f"/disputes/{lost}/settle", {"closed_on": str(today)})
    centre.relief("party", 1, "0.30")
    centre.activity(["party"], True)
    wait_until(counts_the_same, 90, "what was missed caught up")
    wait_until(lambda: reader.report(*periods[0])["totals"]["attendance"] == centre.present() == 3, 60, "attendance")
    found = reader.report(*periods[0])
    assert (found["totals"]["activities"], found["totals"]["amount_paid"]) == (2, "2000.40")
    assert f"asking for snapshots of dispute/{lost}" in reader.process.output()

    counted = str({"party": 12, "union": 1, "women": 2})
    wait_until(
        lambda: guided.output().strip().endswith(counted), 30, "the program of the guide counting the same talks"
    )
    assert reader.process.terminate(20) == 0
    picture = tmp_path / "report.svg"
    assert "2,000.40" in reader.show("--from", str(year_ago), "--to", str(today), "--plot", str(picture))
    assert "参加人次" in picture.read_text(encoding="utf-8")


def told_all(suite: Any) -> bool:
    """Whether every event has left its service."""
    waiting = select(func.count()).where(OutboxRow.published_at.is_(None))
    for name in ("welfare", "activities"):
        with suite.runtimes[name].reading() as session:
            if session.scalar(waiting):
                return False
    return True


def lose_what_was_said_of(suite: Any, subject: str) -> int:
    """Take the messages about a subject out of the program's queue, behind its back. Returns how many."""
    lost: list[int] = []
    with open_connection(suite.bus_url) as connection:
        channel = connection.channel()
        kept: list[int] = []

        def look(_channel: Any, method: Any, _properties: pika.BasicProperties, body: bytes) -> None:
            if json.loads(body)["subject"] == subject:
                channel.basic_ack(method.delivery_tag)
                lost.append(method.delivery_tag)
            else:
                kept.append(method.delivery_tag)

        channel.basic_consume("period-report.welfare-events", look)
        wait_until(lambda: connection.process_data_events(0.2) or lost, 30, "the message to lose")
    return len(lost)
