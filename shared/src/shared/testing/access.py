"""Knocking at every door of a service with every role in every body, and with nobody."""

from collections.abc import Iterable, Iterator
from uuid import UUID

from flask import Flask
from werkzeug.routing import AnyConverter, BaseConverter, Rule

from shared.principal import ALL_BODIES, BODIES, ROLES, Grant
from shared.runtime import Runtime
from shared.staff.accounts import set_grants
from shared.staff.models import Account
from shared.staff.sessions import SESSION_KEY, start_session
from shared.staff.tokens import add_token
from shared.web.access import OPEN, Access, access_matrix

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
                if status >= 500 or (status == 403) != (not access.allows(grant.role)):
                    if status == 403 and grant.body != ALL_BODIES:
                        continue  # let in by role, refused by the command for the body
                    yield f"{access.method} {access.address} ({access.guard}) answers {status} to {grant}"

    def _knock(self, access: Access, grant: Grant | None) -> int:
        client = self.app.test_client()
        headers = {}
        if grant is not None and access.address.startswith("/api/"):
            headers["Authorization"] = f"Bearer {self._tokens[grant]}"
        elif grant is not None:
            with client.session_transaction() as session:
                session[SESSION_KEY] = self._sessions[grant]
        return client.open(self._path(access), method=access.method, headers=headers).status_code

    def _path(self, access: Access) -> str:
        rule: Rule = self._rules[access.endpoint, access.address]
        values = {name: _value(converter) for name, converter in rule._converters.items()}
        built = rule.build(values, append_unknown=False)
        assert built is not None, access.address
        return str(built[1])


def _value(converter: BaseConverter) -> object:
    """Something that fits into an address and names nothing."""
    if isinstance(converter, AnyConverter):
        return min(converter.items)
    return {"UUIDConverter": NOTHING, "IntegerConverter": 0}.get(type(converter).__name__, "nothing")
