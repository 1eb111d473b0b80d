"""What senders ask and tell about providers. The state is in the database, so that all processes share it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import random
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from notifications.providers.models import Provider
from notifications.providers.rules import Bucket, Circuit
from shared.database import insert_on
from shared.database.leases import database_now
from shared.runtime import Runtime


@dataclass(frozen=True)
class Plan:
    """Which providers a batch may use, in order, and how many messages it may have. `probe` is one to be tried out."""

    usable: tuple[str, ...]
    most: int
    probe: str | None = None
    tokens_taken: bool = False


class Board:
    """One sender's view of the providers of one channel. Not for several threads at once.

    `lease` is how long one probe is waited for: the sender that made it may have died.
    """

    def __init__(
        self, runtime: Runtime, channel: str, names: Sequence[str], *, first_pause: timedelta, lease: timedelta
    ) -> None:
        self._runtime = runtime
        self._channel = channel
        self._names = tuple(names)
        self._troubled: set[str] = set()
        self._heard: set[str] = set()
        self._known = False
        self._first_pause = first_pause
        self._probe_takes = lease

    def plan(self, wanted: int) -> Plan:
        """Who may be used just now. With a rate set, tokens are taken for the whole batch."""
        self._introduce()
        self._heard.clear()
        with self._runtime.reading() as session:
            now: datetime = session.scalar(select(database_now(self._runtime.database.dialect)))  # type: ignore[assignment]
            rows = {row.name: row for row in session.scalars(select(Provider).where(Provider.name.in_(self._names)))}
        self._troubled = {name for name, row in rows.items() if row.failures or row.circuit != "closed"}
        usable, probe = [], None
        for name in self._names:
            circuit = _circuit(rows[name])
            if circuit.usable():
                usable.append(name)
            elif probe is None and circuit.may_probe(now) and self._win_probe(name):
                probe = name
                usable.append(name)
        if not usable:
            return Plan((), 0)
        most = 1 if probe else wanted
        limited = rows[usable[0]].rate is not None
        if limited:
            most = self._take_tokens(usable[0], most)
        plan = Plan(tuple(usable), most, probe, limited)
        if most < 1:
            self.give_back(plan, 0, nothing_tried=True)
        return plan

    def _introduce(self) -> None:
        """Each provider has a row from its first use on."""
        if self._known:
            return
        now = self._runtime.clock()
        with self._runtime.database.writing() as session:
            insert = insert_on(self._runtime.database.dialect)
            for name in self._names:
                values: dict[str, Any] = {"name": name, "channel": self._channel, "circuit": "closed", "code": ""}
                values |= {
                    "failures": 0,
                    "openings": 0,
                    "changed_at": now,
                    "burst": 10,
                    "tokens": 0.0,
                    "filled_at": now,
                    "version": 1,
                }
                session.execute(insert(Provider).values(**values).on_conflict_do_nothing(index_elements=["name"]))
        self._known = True

    def _win_probe(self, name: str) -> bool:
        dialect = self._runtime.database.dialect
        with self._runtime.database.writing() as session:
            won: Any = session.execute(
                update(Provider)
                .where(
                    Provider.name == name,
                    Provider.circuit != "closed",
                    or_(Provider.next_try_at.is_(None), Provider.next_try_at <= database_now(dialect)),
                )
                .values(circuit="probing", next_try_at=database_now(dialect, self._probe_takes))
                .execution_options(synchronize_session=False)
            )
        return bool(won.rowcount == 1)

    def _take_tokens(self, name: str, wanted: int) -> int:
        with self._runtime.database.writing() as session:
            row, now = self._locked(session, name)
            if row.rate is None:
                return wanted
            given, left = Bucket(row.rate, row.burst, row.tokens, row.filled_at).take(wanted, now)
            row.tokens, row.filled_at = left.tokens, left.filled_at
        return given

    def give_back(self, plan: Plan, unused: int, *, nothing_tried: bool) -> None:
        """Tokens, and a probe, that nothing was there for."""
        if plan.probe is not None and nothing_tried:
            with self._runtime.database.writing() as session:
                row, now = self._locked(session, plan.probe)
                row.circuit, row.next_try_at = "open", now
        if plan.tokens_taken:
            with self._runtime.database.writing() as session:
                row, _ = self._locked(session, plan.usable[0])
                row.tokens = min(row.tokens + unused, float(row.burst))

    def end(self, plan: Plan) -> None:
        """The batch is over. A probe that told nothing of its provider, because its message was not to be sent any more
        or could only be asked about elsewhere, is given back: else it would be waited for as if its sender had died."""
        if plan.probe is not None and plan.probe not in self._heard:
            self.give_back(plan, 0, nothing_tried=True)

    def failed(self, name: str, code: str, pause: timedelta | None = None) -> bool:
        """A provider did not answer, or asked to be left alone for a while; whether it is left alone from now on."""
        self._heard.add(name)
        self._troubled.add(name)
        with self._runtime.database.writing() as session:
            row, now = self._locked(session, name)
            _keep(row, _circuit(row).failed(now, random, first_pause=self._first_pause, asked_for=pause), now)
            row.code = code[:80]
            return row.circuit != "closed"

    def succeeded(self, name: str) -> None:
        """A provider answered. Written down only when it was in trouble before."""
        self._heard.add(name)
        if name not in self._troubled:
            return
        self._troubled.discard(name)
        with self._runtime.database.writing() as session:
            row, now = self._locked(session, name)
            _keep(row, _circuit(row).succeeded(), now)

    def _locked(self, session: Session, name: str) -> tuple[Provider, datetime]:
        clock = database_now(self._runtime.database.dialect)
        row, now = session.execute(
            select(Provider, clock).where(Provider.name == name).with_for_update(of=Provider)
        ).one()
        return row, now


def _circuit(row: Provider) -> Circuit:
    return Circuit(row.circuit, row.failures, row.openings, row.next_try_at)


def _keep(row: Provider, circuit: Circuit, now: datetime) -> None:
    if row.circuit != circuit.state:
        row.changed_at = now
    row.circuit, row.failures, row.openings = circuit.state, circuit.failures, circuit.openings
    row.next_try_at = circuit.next_try_at
