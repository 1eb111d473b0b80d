"""Where everything of ``./run`` is: folders, ports, and the command and environment of each process."""

import json
import os
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from shared.settings import PORTS, kept_secrets

SERVICES = ("membership", "facilities", "activities", "welfare", "notifications")
# The services in the order in which their sample data builds on each other.
SAMPLE_ORDER = ("membership", "facilities", "activities", "welfare", "notifications")
MAILBOX_SMTP_PORT = 8125
MAILBOX_HTTP_PORT = 8126
ROOT = Path(__file__).resolve().parents[3]

# One service has one of these; inherited by five services they would make them share it.
_OF_ONE_SERVICE = (
    "DATABASE_URL",
    "MIGRATION_DATABASE_URL",
    "PORT",
    "WORKER_PORT",
    "PUBLIC_URL",
    "HOST",
    "SECRET_KEY",
    "DATA_KEYS",
    "BLIND_INDEX_KEY",
)
PROVIDER = "membership"
# What the runner and its processes make below var/; `--fresh` removes these and nothing else.
MADE_IN_VAR = (
    *(f"{service}.db{suffix}" for service in SERVICES for suffix in ("", "-wal", "-shm", "-journal")),
    "bus",
    "mailbox",
    "secrets",
    "log",
    "metrics",
    "sample-loaded",
)


@dataclass(frozen=True)
class Program:
    """One supervised process: its name, its command, and what its environment adds to the common one."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]


@dataclass(frozen=True)
class Layout:
    """The suite of one ``var`` folder. ``offset`` moves every port, for two suites on one machine."""

    var: Path
    offset: int
    bus_url: str

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> "Layout":
        """Reads YIZHAN_VAR, YIZHAN_PORT_OFFSET and BUS_URL; the defaults are var/, 0 and the spool in var/."""
        var = Path(environ.get("YIZHAN_VAR") or ROOT / "var").expanduser().resolve()
        return cls(
            var, int(environ.get("YIZHAN_PORT_OFFSET") or "0"), environ.get("BUS_URL") or f"spool://{var / 'bus'}"
        )

    @property
    def run_folder(self) -> Path:
        return self.var / "run"

    @property
    def log_folder(self) -> Path:
        return self.var / "log"

    @property
    def mailbox_smtp_port(self) -> int:
        return MAILBOX_SMTP_PORT + self.offset

    @property
    def mailbox_http_port(self) -> int:
        return MAILBOX_HTTP_PORT + self.offset

    @property
    def mailbox_url(self) -> str:
        return f"http://127.0.0.1:{self.mailbox_http_port}"

    def port(self, service: str) -> int:
        return PORTS[service] + self.offset

    def worker_port(self, service: str) -> int:
        return self.port(service) + 100

    def url(self, service: str) -> str:
        return f"http://127.0.0.1:{self.port(service)}"

    def ports(self) -> dict[str, int]:
        """Every port that the suite listens on, by what listens there."""
        return {
            **{f"{service}-web": self.port(service) for service in SERVICES},
            **{f"{service}-worker": self.worker_port(service) for service in SERVICES},
            "mailbox (SMTP)": self.mailbox_smtp_port,
            "mailbox (HTTP)": self.mailbox_http_port,
        }

    def environment(self, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
        """What every process gets: the caller's environment without what belongs to one service."""
        common = {name: value for name, value in environ.items() if name not in _OF_ONE_SERVICE}
        provider = {"name": "mailbox", "kind": "generic", "url": f"{self.mailbox_url}/sms"}
        if "SMTP_URL" not in common and "SMS_PROVIDERS" not in common:
            common.setdefault("SEND_ALLOW_LIST", "*")  # all of it ends in the mailbox
        common.setdefault("SMTP_URL", f"smtp://127.0.0.1:{self.mailbox_smtp_port}")
        common.setdefault("SMS_PROVIDERS", json.dumps([provider]))
        # How long the messages of a killed sender are left alone: nobody should wait a minute to see them arrive.
        common.setdefault("YIZHAN_SEND_LEASE", "20")
        common.update({f"{service.upper()}_URL": self.url(service) for service in SERVICES})
        common.update(
            YIZHAN_ENV="development",
            YIZHAN_VAR=str(self.var),
            YIZHAN_SAMPLE=str(ROOT / "sample" / "centre.yaml"),
            BUS_URL=self.bus_url,
            MAILBOX_SMTP_PORT=str(self.mailbox_smtp_port),
            MAILBOX_PORT=str(self.mailbox_http_port),
            MALLOC_ARENA_MAX="2",  # threads otherwise keep an arena each: tens of megabytes a process
            PYTHONUNBUFFERED="1",
        )
        return common

    def environment_of(self, service: str) -> dict[str, str]:
        """What the environment of one service's processes adds."""
        return {
            "PORT": str(self.port(service)),
            "WORKER_PORT": str(self.worker_port(service)),
            "PUBLIC_URL": self.url(service),
            **self._single_sign_in(service),
        }

    def _single_sign_in(self, service: str) -> dict[str, str]:
        """The services sign in at membership, unless the caller's environment names a provider of its own."""
        if os.environ.get("OIDC_ISSUER"):
            return {}
        shared_secrets = self._client_secrets()
        if service == PROVIDER:
            return {"OIDC_CLIENTS": ",".join(f"{name}:{secret}" for name, secret in shared_secrets.items())}
        return {"OIDC_CLIENT_SECRET": shared_secrets[service]}

    def _client_secrets(self) -> dict[str, str]:
        """What each service proves itself with at the provider."""
        return kept_secrets(
            self.var / "secrets" / "sign-in.json",
            lambda: {service: secrets.token_hex(24) for service in SERVICES if service != PROVIDER},
        )

    def command(self, service: str, *arguments: str) -> tuple[str, ...]:
        return (str(Path(sys.executable).parent / service), *arguments)

    def programs(self) -> list[Program]:
        """The mailbox, and a web and a worker process of each service."""
        mailbox = (sys.executable, "-m", "notifications.mailbox")  # without the service, hence small
        listed = [Program("mailbox", mailbox, {})]
        for service in SERVICES:
            for role in ("web", "worker"):
                listed.append(Program(f"{service}-{role}", self.command(service, role), self.environment_of(service)))
        return listed
