"""``./run secrets``: the .env beside docker-compose.yml, with new passwords and keys, readable by its owner only."""

import os
import secrets
from pathlib import Path

from suite.layout import SERVICES
from suite.screen import say


def names() -> list[str]:
    """Every secret that docker-compose.yml asks for."""
    return ["RABBITMQ_ADMIN_PASSWORD", "POSTGRES_PASSWORD"] + [
        f"{service.upper()}_{kind}"
        for service in SERVICES
        for kind in (
            "OWNER_PASSWORD",
            "DATABASE_PASSWORD",
            "BUS_PASSWORD",
            "SECRET_KEY",
            "DATA_KEYS",
            "BLIND_INDEX_KEY",
        )
    ]


def new_secret(name: str) -> str:
    """Random hexadecimal digits, which need no quoting in a URL; DATA_KEYS are ``id:64 digits``."""
    if name.endswith("_DATA_KEYS"):
        return f"k1:{secrets.token_hex(32)}"
    return secrets.token_hex(32 if name.endswith("_KEY") else 24)


def write_env(path: Path) -> int:
    """Write the file; never over one that is there, since its keys may be the only ones that open the data."""
    text = "".join(f"{name}={new_secret(name)}\n" for name in names())
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        say(f"{path} is there already and stays as it is: its keys may be the only ones that open existing data.")
        return 1
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    say(f"Wrote {path} with {len(names())} new passwords and keys. Keep it safe; it is not committed.")
    return 0
