"""Users, permissions and policies of the broker, through RabbitMQ's management API. Safe to run again.

Standard library only: the image of the one-shot container is this file. The environment gives MANAGEMENT_URL,
RABBITMQ_ADMIN_USER and RABBITMQ_ADMIN_PASSWORD, RABBITMQ_VHOST, and for each service <SERVICE>_BUS_PASSWORD;
no password stands in a file of the project.
"""

import base64
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from typing import Any

SERVICES = ("membership", "facilities", "activities", "welfare", "notifications")
# Who may read the exchange of contact details, beside its owner.
CONTACT_READERS = ("notifications",)
# RabbitMQ 4 parks a message after 20 deliveries by default, and 3.10 refuses "no limit": a worker that is
# killed again and again must not lose a good message, so the limit is out of reach.
DELIVERY_LIMIT = 1_000_000
PATIENCE_SECONDS = 120.0


class Refused(Exception):
    """The management API answered with an error. The message says which call and what it said."""


def permissions(service: str) -> dict[str, str]:
    """What one service's user may configure, write and read, as the broker's regular expressions.

    It declares only what carries its own name, publishes there and into other services' requests, and reads its
    own queues and binds them to what others publish for everybody.
    """
    own = rf"{service}\..*"
    others = "|".join(other for other in SERVICES if other != service)
    readable = [own, rf"({others})\.(events|snapshots)"]
    if service in CONTACT_READERS:
        readable.append(r"membership\.contacts")
    return {
        "configure": f"^{own}$",
        "write": rf"^({own}|({others})\.requests)$",
        "read": f"^({'|'.join(readable)})$",
    }


def policy(service: str) -> dict[str, Any]:
    """The policy of one service's queues: no delivery limit in practice, and a safety net behind it."""
    return {
        "pattern": rf"^{service}\.(?!dead-letters$)",
        "apply-to": "queues",
        "priority": 1,
        "definition": {
            "delivery-limit": DELIVERY_LIMIT,
            "dead-letter-exchange": f"{service}.dead-letters",
            "dead-letter-strategy": "at-least-once",
            "overflow": "reject-publish",
        },
    }


class Management:
    """RabbitMQ's management API of one broker and vhost."""

    def __init__(self, url: str, user: str, password: str, vhost: str) -> None:
        self._url = url.rstrip("/")
        token = base64.b64encode(f"{user}:{password}".encode()).decode()
        self._headers = {"Authorization": f"Basic {token}", "Content-Type": "application/json"}
        self.vhost = urllib.parse.quote(vhost, safe="")

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> None:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self._url}/api{path}", data, self._headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=10):
                return
        except urllib.error.HTTPError as answer:
            raise Refused(f"{method} {path}: {answer.code} {answer.read(300).decode(errors='replace')}") from answer

    def wait(self, patience: float = PATIENCE_SECONDS) -> None:
        """Until the API answers; the last OSError after ``patience`` seconds."""
        deadline = time.monotonic() + patience
        while True:
            try:
                self.call("GET", "/overview")
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(1)
            else:
                return


def set_up(broker: Management, passwords: Mapping[str, str]) -> None:
    """Make the vhost and, for each service, its user, permissions, policy and dead letters."""
    vhost = broker.vhost
    broker.call("PUT", f"/vhosts/{vhost}", {})
    broker.call("PUT", f"/permissions/{vhost}/{broker_admin()}", {"configure": ".*", "write": ".*", "read": ".*"})
    for service in SERVICES:
        broker.call("PUT", f"/users/{service}", {"password": passwords[service], "tags": ""})
        broker.call("PUT", f"/permissions/{vhost}/{service}", permissions(service))
        dead = f"{service}.dead-letters"
        broker.call("PUT", f"/exchanges/{vhost}/{dead}", {"type": "fanout", "durable": True})
        broker.call("PUT", f"/queues/{vhost}/{dead}", {"durable": True, "arguments": {"x-queue-type": "quorum"}})
        broker.call("POST", f"/bindings/{vhost}/e/{dead}/q/{dead}", {"routing_key": ""})
        broker.call("PUT", f"/policies/{vhost}/{service}", policy(service))


def broker_admin() -> str:
    return os.environ.get("RABBITMQ_ADMIN_USER", "administrator")


def main() -> int:
    names = {service: f"{service.upper()}_BUS_PASSWORD" for service in SERVICES}
    missing = [name for name in ("RABBITMQ_ADMIN_PASSWORD", *names.values()) if not os.environ.get(name)]
    if missing:
        print(f"broker-setup: these are not set: {', '.join(missing)}", file=sys.stderr)
        return 2
    broker = Management(
        os.environ.get("MANAGEMENT_URL", "http://rabbitmq:15672"),
        broker_admin(),
        os.environ["RABBITMQ_ADMIN_PASSWORD"],
        os.environ.get("RABBITMQ_VHOST", "yizhan"),
    )
    try:
        broker.wait()
        set_up(broker, {service: os.environ[name] for service, name in names.items()})
    except (OSError, Refused) as problem:
        print(f"broker-setup: {problem}", file=sys.stderr)
        return 1
    print(f"broker-setup: users, permissions and policies of {len(SERVICES)} services stand.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
