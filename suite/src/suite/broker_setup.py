"""Users, permissions and policies of the broker, through RabbitMQ's management API. Safe to run again.

Standard library only: the image of the one-shot container is this file and the contracts, whose needs say who reads
from whom. The environment gives MANAGEMENT_URL, RABBITMQ_ADMIN_USER and RABBITMQ_ADMIN_PASSWORD, RABBITMQ_VHOST, and
for each service <SERVICE>_BUS_PASSWORD; no password stands in a file of the project.

``broker_setup.py reader NAME --reads PUBLISHER,...`` makes a user for a program of another team; its password is
BUS_PASSWORD in the environment.
"""

import argparse
import base64
import json
import os
import re
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

SERVICES = ("membership", "facilities", "activities", "welfare", "notifications")
# The only one that may read the exchange of contact details, whatever its needs say.
CONTACT_READER = "notifications"
# RabbitMQ 4 parks a message after 20 deliveries by default, and 3.10 refuses "no limit": a worker that is
# killed again and again must not lose a good message, so the limit is out of reach.
DELIVERY_LIMIT = 1_000_000
PATIENCE_SECONDS = 120.0
_READER_NAME = re.compile(r"[a-z][a-z0-9-]{1,38}")


class Refused(Exception):
    """The management API answered with an error, or what was asked for is not allowed. The message says which."""


def contracts_folder() -> Path:
    """Where the contracts are: beside this file in the image, else at the root of the project."""
    beside = Path(__file__).resolve().parent / "contracts"
    return beside if beside.is_dir() else Path(__file__).resolve().parents[3] / "contracts"


def exchanges_read(service: str, contracts: Path) -> list[str]:
    """The exchanges that a service's needs ask for, such as ``membership.events``.

    A queue is called ``<consumer>.<publisher>-<exchange>``. Refused when one that may not read contact details
    says that it needs them.
    """
    found = set()
    for path in sorted((contracts / service / "needs").glob("*.json")):
        needs = json.loads(path.read_text(encoding="utf-8"))
        for event in needs["events"].values():
            kind = event["queue"].removeprefix(f"{service}.{needs['publisher']}-")
            if kind == "contacts" and service != CONTACT_READER:
                raise Refused(f"{service} needs contact details of {needs['publisher']}: only {CONTACT_READER} may")
            found.add(f"{needs['publisher']}.{kind}")
    return sorted(found)


def permissions(name: str, exchanges: Iterable[str]) -> dict[str, str]:
    """What one user may configure, write and read, as the broker's regular expressions.

    It declares what carries its own name, publishes there, reads its own queues, and binds them to the exchanges that
    it needs; into those publishers' requests it writes. The dead letters are the broker's administrator's.
    """
    own = rf"{re.escape(name)}\.(?!dead-letters$).*"
    publishers = sorted({exchange.partition(".")[0] for exchange in exchanges})
    readable = [re.escape(exchange) for exchange in exchanges]
    readable += [rf"{re.escape(each)}\.snapshots" for each in publishers if f"{each}.events" in exchanges]
    requests = [rf"{re.escape(each)}\.requests" for each in publishers]
    return {
        "configure": f"^{own}$",
        "write": f"^({'|'.join([own, *requests])})$",
        "read": f"^({'|'.join([own, *readable])})$",
    }


def policy(name: str) -> dict[str, Any]:
    """The policy of one user's queues: no delivery limit in practice, and a safety net behind it."""
    return {
        "pattern": rf"^{re.escape(name)}\.(?!dead-letters$)",
        "apply-to": "queues",
        "priority": 1,
        "definition": {
            "delivery-limit": DELIVERY_LIMIT,
            "dead-letter-exchange": f"{name}.dead-letters",
            "dead-letter-strategy": "at-least-once",
            "overflow": "reject-publish",
        },
    }


class Management:
    """RabbitMQ's management API of one broker and vhost, as its administrator."""

    def __init__(self, url: str, user: str, password: str, vhost: str) -> None:
        self._url = url.rstrip("/")
        token = base64.b64encode(f"{user}:{password}".encode()).decode()
        self._headers = {"Authorization": f"Basic {token}", "Content-Type": "application/json"}
        self.administrator = user
        self.vhost = urllib.parse.quote(vhost, safe="")

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None, *, absent: bool = False) -> None:
        """One call. With ``absent`` it is no error that there is no such thing."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self._url}/api{path}", data, self._headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=10):
                return
        except urllib.error.HTTPError as answer:
            said = answer.read(300).decode(errors="replace")
            if not (absent and answer.code == 404):
                raise Refused(f"{method} {path}: {answer.code} {said}") from answer

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


def set_up(broker: Management, passwords: Mapping[str, str], contracts: Path) -> None:
    """Make the vhost and, for each service, its user; the broker's own guest goes."""
    if broker.administrator == "guest":
        raise Refused("the administrator is guest, whose password everybody knows: name another one")
    everything = {"configure": ".*", "write": ".*", "read": ".*"}
    broker.call("PUT", f"/vhosts/{broker.vhost}", {})
    broker.call("PUT", f"/permissions/{broker.vhost}/{broker.administrator}", everything)
    for service in SERVICES:
        add_user(broker, service, passwords[service], exchanges_read(service, contracts))
    broker.call("DELETE", "/users/guest", absent=True)


def add_reader(broker: Management, name: str, password: str, publishers: Sequence[str]) -> None:
    """Make a user for a program of another team that reads the events of these publishers, and no contact details."""
    if not _READER_NAME.fullmatch(name) or name in (*SERVICES, broker.administrator):
        raise Refused(f"{name!r} is no name for a reader: 2 to 39 of a-z, 0-9 and -, and not a service's")
    unknown = sorted(set(publishers) - set(SERVICES))
    if unknown or not publishers:
        raise Refused(f"nobody publishes as {', '.join(unknown) or '(nothing given)'}; there are {', '.join(SERVICES)}")
    add_user(broker, name, password, [f"{publisher}.events" for publisher in sorted(set(publishers))])


def add_user(broker: Management, name: str, password: str, exchanges: Sequence[str]) -> None:
    """One user with its permissions, its queues' policy and its dead letters."""
    vhost = broker.vhost
    broker.call("PUT", f"/users/{name}", {"password": password, "tags": ""})
    broker.call("PUT", f"/permissions/{vhost}/{name}", permissions(name, exchanges))
    dead = f"{name}.dead-letters"
    broker.call("PUT", f"/exchanges/{vhost}/{dead}", {"type": "fanout", "durable": True})
    broker.call("PUT", f"/queues/{vhost}/{dead}", {"durable": True, "arguments": {"x-queue-type": "quorum"}})
    broker.call("POST", f"/bindings/{vhost}/e/{dead}/q/{dead}", {"routing_key": ""})
    broker.call("PUT", f"/policies/{vhost}/{name}", policy(name))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="broker-setup", description=(__doc__ or "").partition("\n")[0])
    commands = parser.add_subparsers(dest="command")
    reader = commands.add_parser("reader", help="a user for a program of another team; password: BUS_PASSWORD")
    reader.add_argument("name", help="its queues are called NAME.<something>")
    reader.add_argument("--reads", required=True, help="publishers, separated by commas")
    options = parser.parse_args(arguments)
    services = {service: f"{service.upper()}_BUS_PASSWORD" for service in SERVICES}
    needed = ["BUS_PASSWORD"] if options.command else list(services.values())
    missing = [name for name in ("RABBITMQ_ADMIN_PASSWORD", *needed) if not os.environ.get(name)]
    if missing:
        print(f"broker-setup: these are not set: {', '.join(missing)}", file=sys.stderr)
        return 2
    broker = Management(
        os.environ.get("MANAGEMENT_URL", "http://rabbitmq:15672"),
        os.environ.get("RABBITMQ_ADMIN_USER", "administrator"),
        os.environ["RABBITMQ_ADMIN_PASSWORD"],
        os.environ.get("RABBITMQ_VHOST", "yizhan"),
    )
    try:
        broker.wait()
        if options.command:
            publishers = [name for name in options.reads.split(",") if name]
            add_reader(broker, options.name, os.environ["BUS_PASSWORD"], publishers)
            print(f"broker-setup: {options.name} may read what {', '.join(publishers)} publish.")
        else:
            set_up(broker, {service: os.environ[name] for service, name in services.items()}, contracts_folder())
            print(f"broker-setup: users, permissions and policies of {len(SERVICES)} services stand.")
    except (OSError, Refused) as problem:
        print(f"broker-setup: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
