"""A publisher that sends two majors, and two releases of its reader on one database, as real processes."""

from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select, text, update

from shared.clock import utc_now
from shared.database.tables import BoundQueue, InboxRow, NeededType, SnapshotAnswer
from shared.runtime import Runtime
from shared.testing.example import READER, Note
from shared.testing.example_releases import PUBLISHER_2, READER_2, KnownTag, name_twice, tie_tag
from shared.testing.ports import free_port
from shared.testing.processes import Processes, RunningProcess, wait_until

WAIT = 60.0


class Rollout:
    """Commands of the publisher run in the test; what moves events runs in processes of the release that is named."""

    def __init__(self, publisher: Runtime, reader: Runtime, bus_url: str, runner: Processes, folder: Path) -> None:
        self.publisher, self.reader = publisher, reader
        self.bus_url, self.runner, self.folder = bus_url, runner, folder

    def worker(self, release: str, roles: str = "relay,receive,process") -> RunningProcess:
        runtime = self.publisher if release.startswith("publisher") else self.reader
        environ = {
            "YIZHAN_VAR": str(self.folder),
            "DATABASE_URL": runtime.settings.database_url,
            "BUS_URL": self.bus_url,
            "WORKER_PORT": str(free_port()),
        }
        return self.runner.python(release, "-m", "shared.testing.example_releases", release, roles, environ=environ)

    def name(self, thing: UUID, *names: str) -> None:
        for name in names:
            with self.publisher.unit_of_work() as work:
                name_twice(work, thing, name)

    def tie(self, tag: UUID, *labels: str) -> None:
        for label in labels:
            with self.publisher.unit_of_work() as work:
                tie_tag(work, tag, label)

    def noted(self, thing: UUID) -> list[str]:
        """The effects of one thing's or tag's events, in the order in which they happened."""
        with self.reader.reading() as session:
            every = select(Note.text).where(Note.thing_id == thing, Note.text.not_like("snapshot %"))
            return list(session.scalars(every.order_by(Note.id)))

    def wait_noted(self, wanted: dict[UUID, list[str]]) -> None:
        """Until every subject has as many effects as it should, and these are the right ones in the right order."""
        wait_until(
            lambda: all(len(self.noted(each)) >= len(names) for each, names in wanted.items()), WAIT, "every effect"
        )
        self.wait_at_rest()
        assert {each: self.noted(each) for each in wanted} == wanted

    def wait_at_rest(self) -> None:
        wait_until(lambda: not self.statuses() & {"waiting", "attention"}, WAIT, "an inbox at rest")

    def statuses(self) -> set[str]:
        with self.reader.reading() as session:
            return set(session.scalars(select(InboxRow.status).distinct()))

    def received(self) -> int:
        with self.reader.reading() as session:
            return len(session.scalars(select(InboxRow.id)).all())

    def known_tags(self) -> dict[UUID, str]:
        with self.reader.reading() as session:
            return {tag.id: tag.label for tag in session.scalars(select(KnownTag))}

    def wait_bound(self) -> None:
        wait_until(self._bound, WAIT, "the reader's bindings")

    def _bound(self) -> bool:
        """Bound, and the first request for snapshots was answered with nothing."""
        with self.reader.reading() as session:
            bound = len(session.scalars(select(BoundQueue)).all())
        with self.publisher.reading() as session:
            asked = set(session.scalars(select(InboxRow.status)))
            unanswered = session.scalars(select(SnapshotAnswer).where(SnapshotAnswer.finished_at.is_(None))).all()
        return bound == 2 and asked == {"done"} and not unanswered

    def needed(self) -> set[str]:
        """The names and majors that some release of the reader has noted down."""
        with self.reader.reading() as session:
            return {each.removeprefix("org.yizhan.publisher.") for each in session.scalars(select(NeededType.type))}

    def wait_needed(self, name: str) -> None:
        wait_until(lambda: name in self.needed(), WAIT, f"the need of {name}")

    def age_needs(self) -> None:
        """As if nobody had renewed a note for long."""
        with self.reader.database.writing() as session:
            session.execute(update(NeededType).values(seen_at=utc_now().replace(year=2020)))

    def pretend_newer_schema(self) -> None:
        """The database as a later release leaves it: with a revision that no code here knows."""
        with self.reader.database.writing() as session:
            session.execute(
                text("UPDATE alembic_version SET version_num = 'shared_9999' WHERE version_num LIKE 'shared_%'")
            )


@pytest.fixture
def rollout(
    make_example: Callable[..., Runtime],
    empty_bus: Callable[..., str],
    process_runner: Processes,
    tmp_path: Path,
) -> Rollout:
    publisher, reader = make_example(PUBLISHER_2), make_example(READER)
    publisher.clock = reader.clock = utc_now
    return Rollout(publisher, reader, empty_bus(PUBLISHER_2, READER_2), process_runner, tmp_path)
