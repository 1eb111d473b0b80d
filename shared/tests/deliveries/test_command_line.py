"""``deliveries`` and ``ask-for-snapshot`` at a shell: what monitoring asks, and what somebody decides there."""

import json
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from shared.database.tables import AuditRow, InboxRow, OutboxRow
from shared.events.envelope import Envelope
from shared.identifiers import new_id
from shared.operations.command_line import command_line
from shared.runtime import Runtime
from shared.service import Service
from shared.testing.example import READER
from shared.testing.fakes import SettableClock

Arrive = Callable[..., Envelope]
Stored = Callable[[UUID], InboxRow]
Run = Callable[..., Result]


@pytest.fixture
def run(reader: Runtime, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command of the reader as somebody called li, on the test's database and clock."""

    def at_shell(service: Service) -> Runtime:
        assert service is READER
        return reader

    monkeypatch.setattr(Runtime, "from_environment", at_shell)
    group = command_line("shared.testing.example:READER")

    def command(*words: Any) -> Result:
        result = CliRunner().invoke(group, [str(word) for word in words], env={"USER": "li"})
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    return command


@pytest.fixture
def sick(arrive: Arrive, fail_for_good: Callable[[], None]) -> Envelope:
    thing = new_id()
    made = arrive("poison", thing)
    arrive("after", thing)
    fail_for_good()
    return made


def test_monitoring_is_told_when_something_needs_somebody(run: Run, arrive: Arrive) -> None:
    arrive()
    well = run("deliveries")
    assert (well.exit_code, well.output.splitlines()[0]) == (0, "Everything has been delivered.")


def test_the_summary_counts_ages_and_causes(run: Run, sick: Envelope) -> None:
    told = run("deliveries")
    assert told.exit_code == 1
    assert told.output.splitlines()[0].startswith("Needs somebody: needs attention")
    assert "     1 x  RuntimeError: this one cannot be handled" in told.output
    asked = run("deliveries", "--json")
    found = json.loads(asked.output)
    assert asked.exit_code == 1
    assert found["kinds"]["attention"]["count"] == found["kinds"]["waiting"]["count"] == 1
    assert found["kinds"]["attention"]["oldest_seconds"] > 3600
    assert found["failures"] == [{"error": "RuntimeError: this one cannot be handled", "count": 1, "attention": 1}]


def test_waiting_too_long_is_worth_a_look(run: Run, reader: Runtime, clock: SettableClock) -> None:
    assert run("ask-for-snapshot", "publisher").exit_code == 0
    assert run("deliveries").exit_code == 0
    clock.advance(seconds=400)
    late = run("deliveries")
    assert (late.exit_code, "waiting to be published" in late.output.splitlines()[0]) == (1, True)
    assert run("deliveries", "--late", 500).exit_code == 0


def test_lists_are_searched_and_paged(run: Run, sick: Envelope, arrive: Arrive) -> None:
    for _ in range(3):
        arrive()
    assert str(sick.id) in run("deliveries", "list").output
    assert run("deliveries", "list", "--subject", "thing/x").output == "Needs attention: none\n"
    page = json.loads(run("deliveries", "list", "--kind", "handled", "--limit", 2, "--json").output)
    rest = json.loads(
        run("deliveries", "list", "--kind", "handled", "--limit", 2, "--cursor", page["cursor"], "--json").output
    )
    assert (len(page["rows"]), len(rest["rows"]), rest["cursor"]) == (2, 1, None)
    assert "body" not in page["rows"][0]
    assert run("deliveries", "list", "--since", "soon").exit_code == 2
    assert run("deliveries", "list", "--until", "2020-01-01").output == "Needs attention: none\n"


def test_the_story_of_an_event_is_told(run: Run, sick: Envelope) -> None:
    told = run("deliveries", "show", sick.id).output
    assert "error    RuntimeError: this one cannot be handled" in told
    assert "not tried again until somebody decides" in told
    assert "Received from the queue reader.publisher-events" in told
    found = json.loads(run("deliveries", "show", sick.id, "--json").output)
    assert (found["received"]["status"], found["waits"]["behind"]) == ("attention", 1)
    missing = run("deliveries", "show", new_id())
    assert (missing.exit_code, missing.output) == (1, "Error: There is no such event.\n")


@pytest.mark.parametrize("which", [("--all",), ("--error", "CANNOT be handled"), ()])
def test_retrying_at_a_shell_is_audited_with_the_name(
    run: Run, sick: Envelope, stored: Stored, which: tuple[str, ...], audited: Callable[[], Sequence[AuditRow]]
) -> None:
    result = run("deliveries", "retry", *(which or (sick.id,)), "--reason", "mended")
    assert (result.exit_code, result.output) == (0, "1 tried again\n")
    assert (stored(sick.id).status, stored(sick.id).attempts) == ("waiting", 0)
    assert [(row.actor, row.actor_name, row.facts["reason"]) for row in audited()] == [("shell", "li", "mended")]


def test_nothing_is_decided_without_saying_about_what(run: Run, sick: Envelope, stored: Stored) -> None:
    for words in (("retry",), ("retry", sick.id, "--all"), ("resend",), ("skip", sick.id)):
        assert run("deliveries", *words).exit_code == 2
    assert stored(sick.id).status == "attention"


def test_skipping_at_a_shell(
    run: Run, sick: Envelope, stored: Stored, audited: Callable[[], Sequence[AuditRow]]
) -> None:
    assert run("deliveries", "skip", sick.id, "--reason", "twice", "--by", "Wang").output == "skipped\n"
    assert stored(sick.id).status == "skipped"
    again = run("deliveries", "skip", sick.id, "--reason", "twice")
    assert (again.exit_code, "It is: Skipped." in again.output) == (1, True)
    assert [row.actor_name for row in audited()] == ["Wang"]


def test_unrouted_events_are_resent_at_a_shell(run: Run, reader: Runtime) -> None:
    run("ask-for-snapshot", "publisher", "--noun", "thing", "--subject", f"thing/{new_id()}")
    with reader.unit_of_work() as work:
        [row] = work.session.scalars(select(OutboxRow))
        row.unrouted_at, row.unrouted_because = work.now, "no-exchange"
    assert "The broker does not know the exchange" in run("deliveries", "list", "--kind", "unrouted").output
    assert run("deliveries", "resend", "--because", "forbidden").output == "nothing was left to publish again\n"
    assert run("deliveries", "resend", row.event_id).output == "1 published again\n"
    assert run("deliveries", "resend", "--all").output == "nothing was left to publish again\n"


def test_asking_names_what_is_wrong(run: Run, reader: Runtime) -> None:
    assert "reads no such present states of nobody" in run("ask-for-snapshot", "nobody").output
    assert "A subject is written as" in run("ask-for-snapshot", "publisher", "--subject", "thing/x").output
    with reader.reading() as session:
        assert session.scalars(select(OutboxRow)).all() == []
