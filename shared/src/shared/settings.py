"""What the environment says about one process of one service.

In development everything has a default and secrets are made once and kept in a file that only the owner can
read; in production a missing secret or address is refused by its name.
"""

import json
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

PORTS = {"membership": 8101, "facilities": 8102, "activities": 8103, "welfare": 8104, "notifications": 8105}
_SECRETS = ("SECRET_KEY", "DATA_KEYS", "BLIND_INDEX_KEY")
_NEEDED_IN_PRODUCTION = (*_SECRETS, "DATABASE_URL", "BUS_URL", "PUBLIC_URL")


class MissingSetting(Exception):
    """A production process lacks a setting. The message names each one."""


@dataclass(frozen=True)
class Settings:
    """Settings of one process. ``data_keys`` maps key ids to 32 bytes; the first one encrypts, all decrypt."""

    service: str
    environment: str
    var: Path
    database_url: str
    migration_database_url: str
    bus_url: str
    secret_key: str
    data_keys: Mapping[str, bytes]
    blind_index_key: bytes
    host: str
    port: int
    web_threads: int
    web_workers: int
    worker_port: int
    public_url: str
    service_urls: Mapping[str, str]
    time_zone: ZoneInfo
    environ: Mapping[str, str]

    @property
    def production(self) -> bool:
        return self.environment == "production"

    @classmethod
    def from_environment(cls, service: str, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read the environment; MissingSetting when production lacks one, ValueError on a malformed one."""
        env = dict(os.environ if environ is None else environ)
        environment = env.get("YIZHAN_ENV", "development")
        if environment not in ("development", "production"):
            raise ValueError("YIZHAN_ENV must be development or production")
        if environment == "production":
            missing = [name for name in _NEEDED_IN_PRODUCTION if not env.get(name)]
            if missing:
                raise MissingSetting(f"{service}: production needs {', '.join(missing)}")
        var = Path(env.get("YIZHAN_VAR", "var")).expanduser().resolve()
        if environment == "development" and not all(env.get(name) for name in _SECRETS):
            env = {**_development_secrets(var, service), **env}
        port = int(env.get("PORT") or PORTS.get(service, 8100))
        database_url = env.get("DATABASE_URL") or f"sqlite:///{var / (service + '.db')}"
        return cls(
            service=service,
            environment=environment,
            var=var,
            database_url=database_url,
            migration_database_url=env.get("MIGRATION_DATABASE_URL") or database_url,
            bus_url=env.get("BUS_URL") or f"spool://{var / 'bus'}",
            secret_key=env["SECRET_KEY"],
            data_keys=_data_keys(env["DATA_KEYS"]),
            blind_index_key=bytes.fromhex(env["BLIND_INDEX_KEY"]),
            host=env.get("HOST", "127.0.0.1"),
            port=port,
            web_threads=int(env.get("WEB_THREADS", "8")),
            web_workers=int(env.get("WEB_WORKERS", "1")),
            worker_port=int(env.get("WORKER_PORT") or port + 100),
            public_url=env.get("PUBLIC_URL", f"http://127.0.0.1:{port}"),
            service_urls={
                name: env.get(f"{name.upper()}_URL", f"http://127.0.0.1:{number}") for name, number in PORTS.items()
            },
            time_zone=ZoneInfo(env.get("YIZHAN_TIME_ZONE", "Asia/Shanghai")),
            environ=env,
        )


def _data_keys(text: str) -> dict[str, bytes]:
    """``id:hex,id:hex``; the first is the one that encrypts. Each key is 32 bytes."""
    keys: dict[str, bytes] = {}
    for part in text.split(","):
        key_id, _, value = part.strip().partition(":")
        keys[key_id] = bytes.fromhex(value)
        if not key_id or len(keys[key_id]) != 32:
            raise ValueError("DATA_KEYS must be id:64-hex-digits, several separated by commas")
    return keys


def _development_secrets(var: Path, service: str) -> dict[str, str]:
    """Secrets made once for this service and kept for its later starts."""
    return kept_secrets(
        var / "secrets" / f"{service}.json",
        lambda: {
            "SECRET_KEY": secrets.token_hex(32),
            "DATA_KEYS": f"dev1:{secrets.token_hex(32)}",
            "BLIND_INDEX_KEY": secrets.token_hex(32),
        },
    )


def kept_secrets(path: Path, make: Callable[[], Mapping[str, str]]) -> dict[str, str]:
    """What this file holds, readable by its owner alone; made when it is not there, once also by several at a time."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as handle:
            json.dump(dict(make()), handle)
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            os.unlink(draft)
    loaded: dict[str, str] = json.loads(path.read_text())
    return loaded
