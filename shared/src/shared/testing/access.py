"""Knocking at every door of a service with every role in every body, and with nobody."""

from collections.abc import Iterable, Iterator, Mapping
from uuid import UUID

from flask import Flask
from sqlalchemy import select
from werkzeug.routing import AnyConverter, BaseConverter, Rule
from werkzeug.test import TestResponse

from shared.database.tables import OutboxRow
from shared.deliveries.bodies import bodies_told
from shared.principal import ALL_BODIES, BODIES, ROLES, Grant
from shared.runtime import Runtime
from shared.staff.accounts import set_grants
from shared.staff.models import Account
from shared.staff.sessions import SESSION_KEY, start_session
from shared.staff.tokens import add_token
from shared.web.access import OPEN, Access, access_matrix
from shared.web.belonging import ANY, RECORD, belonging_of

NOTHING = UUID(int=0)
SOME = (
    Grant("viewer", ALL_BODIES),
    Grant("officer", "union"),
    Grant("manager", ALL_BODIES),
    Grant("admin", ALL_BODIES),
)
EVERYBODY = tuple(Grant(role, body) for role in ROLES for body in (ALL_BODIES, *BODIES))


class Doors:
    """One application, with an account and a token for each role in each body.

    Every door is tried with the id of nothing and with an empty body: whoever is let in finds nothing there, or is
    told what is missing, and changes nothing.
    """

    def __init__(self, app: Flask, runtime: Runtime) -> None:
        self.app = app
        self._runtime = runtime
        app.config["WTF_CSRF_METHODS"] = set()  # forms' tokens are tried elsewhere; here they would hide the roles
        self._rules = {(rule.endpoint, rule.rule): rule for rule in app.url_map.iter_rules()}
        self._sessions: dict[Grant, str] = {}
        self._tokens: dict[Grant, str] = {}
        with runtime.unit_of_work() as work:
            for number, grant in enumerate(EVERYBODY):
                account = Account(
                    id=UUID(int=number + 1),
                    username=f"door-{number}",
                    name=f"{grant.role} of {grant.body}",
                    password_hash="",
                    active=True,
                    created_at=work.now,
                )
                work.session.add(account)
                work.session.flush()
                set_grants(work, account.id, [grant])
                self._sessions[grant] = start_session(work, account)
                self._tokens[grant] = add_token(work, name="door", grants=[grant])

    def wrong_for_bodies(self, *, every_role: bool = False) -> Iterator[str]:
        """A sentence for each door that asks for a body and lets somebody of another one in, keeps somebody of its own
        out, or tells that a confidential record exists. The doors are tried with records of the database, of which
        there has to be one for each parameter that the service declared. Who is refused comes first, because who is
        let in may change the record.
        """
        asked = [access for access in access_matrix(self.app) if access.reach.body != ANY]
        tried = [(access, self._record(access)) for access in asked]
        for access, record in tried:
            if record is None:
                yield f"there is no record to try {access.method} {access.address} with"
        known = [(access, record) for access, record in tried if record is not None]
        for access, (record_id, bodies) in known:
            named = {access.reach.parameter: record_id}
            for grant in EVERYBODY if every_role else (Grant("admin", min(set(BODIES) - bodies)),):
                wanted = _wanted(access, grant, bodies)
                if wanted != 200 and (status := self._knock(access, grant, named)) != wanted:
                    yield f"{access.method} {access.address} of {set(bodies)} answers {status} to {grant}, not {wanted}"
        for access, (record_id, bodies) in known:
            named = {access.reach.parameter: record_id}
            own = [Grant(access.guard, body) for body in sorted(bodies) or (ALL_BODIES,)]
            statuses = [self._knock(access, grant, named) for grant in own]
            if all(status in (401, 403) or status >= 500 for status in statuses):
                yield f"{access.method} {access.address} of {set(bodies)} answers {statuses} to {own}"

    def wrong_for_events(self) -> Iterator[str]:
        """A sentence for each kind of event in the outbox whose content or story is told to those who do not look after
        its body, or is kept from those who do."""
        with self._runtime.reading() as session:
            rows = {row.type: (row.event_id, bodies_told(row)) for row in session.scalars(select(OutboxRow))}
        for name, (event_id, bodies) in sorted(rows.items()):
            page = f"/deliveries/events/{event_id}"
            for body in (min(set(BODIES) - bodies), *bodies, ALL_BODIES):
                told = body in (*bodies, ALL_BODIES)
                status = self._open(Grant("admin", body), f"{page}/content").status_code
                if status != (200 if told else 403):
                    yield f"the content of {name} of {set(bodies)} answers {status} to administrators of {body}"
                read = f"{page}/content" in self._open(Grant("admin", body), page).text
                if read is not told:
                    yield f"the story of {name} of {set(bodies)} offers its content wrongly to administrators of {body}"

    def _record(self, access: Access) -> tuple[object, frozenset[str]] | None:
        """The id and the bodies of a record for this door; where a body is asked for by name, only that."""
        if access.reach.body != RECORD:
            return None, frozenset({access.reach.body} - {ALL_BODIES})
        owned = belonging_of(self.app).records[access.reach.parameter]
        with self._runtime.reading() as session:
            for record_id, body in session.execute(owned.owners):
                if body in BODIES:
                    with self.app.app_context():
                        bodies = frozenset(each for each in owned.bodies(record_id) if each)
                    if ALL_BODIES not in bodies and bodies != frozenset(BODIES):
                        return record_id, bodies
        return None

    def wrong(self, grants: Iterable[Grant] = EVERYBODY) -> Iterator[str]:
        """A sentence for each door that lets somebody in whom the matrix refuses, or the other way round."""
        chosen = tuple(grants)
        for access in access_matrix(self.app):
            if access.guard in OPEN:
                continue
            status = self._knock(access, None)
            if status != (401 if access.address.startswith("/api/") else 302):
                yield f"{access.method} {access.address} answers {status} to somebody who is not signed in"
            for grant in chosen:
                status = self._knock(access, grant)
                allowed = access.allows(grant.role) and _holds_the_body(access, grant)
                if status >= 500 or (status == 403) != (not allowed):
                    yield f"{access.method} {access.address} ({access.guard}) answers {status} to {grant}"

    def _knock(self, access: Access, grant: Grant | None, named: Mapping[str, object] | None = None) -> int:
        return self._open(grant, self._path(access, named or {}), access.method).status_code

    def _open(self, grant: Grant | None, path: str, method: str = "GET") -> TestResponse:
        client = self.app.test_client()
        headers = {}
        if grant is not None and path.startswith("/api/"):
            headers["Authorization"] = f"Bearer {self._tokens[grant]}"
        elif grant is not None:
            with client.session_transaction() as session:
                session[SESSION_KEY] = self._sessions[grant]
        return client.open(path, method=method, headers=headers)

    def _path(self, access: Access, named: Mapping[str, object]) -> str:
        rule: Rule = self._rules[access.endpoint, access.address]
        values = {name: _value(converter) for name, converter in rule._converters.items()}
        values.update((name, value) for name, value in named.items() if name in values)
        built = rule.build(values, append_unknown=False)
        assert built is not None, access.address
        return str(built[1])


def _holds_the_body(access: Access, grant: Grant) -> bool:
    """Of what is named by the door itself; of the id of nothing nobody can say whose it is."""
    return access.reach.body in (ANY, RECORD) or grant.body in (access.reach.body, ALL_BODIES)


def _wanted(access: Access, grant: Grant, bodies: frozenset[str]) -> int:
    """What the matrix says: 200 for being let in, 403, or 404 for who may not know that there is such a record."""
    if not access.allows(grant.role):
        return 403
    if grant.body == ALL_BODIES or grant.body in bodies:
        return 200
    return 404 if access.reach.confidential else 403


def _value(converter: BaseConverter) -> object:
    """Something that fits into an address and names nothing."""
    if isinstance(converter, AnyConverter):
        return min(converter.items)
    return {"UUIDConverter": NOTHING, "IntegerConverter": 0}.get(type(converter).__name__, "nothing")
