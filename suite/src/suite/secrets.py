"""``./run secrets``: the .env beside docker-compose.yml, with new passwords and keys, readable by its owner only."""

import os
import secrets
from pathlib import Path

from suite.layout import PROVIDER, SERVICES
from suite.screen import say

_OF_THE_SUITE = ("RABBITMQ_ADMIN_PASSWORD", "POSTGRES_PASSWORD", "SMS_RECEIPT_KEY")
_OF_EACH_SERVICE = (
    "OWNER_PASSWORD",
    "DATABASE_PASSWORD",
    "BUS_PASSWORD",
    "SECRET_KEY",
    "DATA_KEYS",
    "BLIND_INDEX_KEY",
)
# Membership needs none: people sign in there.
_OF_EACH_CLIENT = "SIGN_IN_SECRET"
# Where SMS go until somebody enters a real gateway: the development mailbox.
_MAILBOX = '[{"name":"mailbox","kind":"generic","url":"http://mailbox:8126/sms"}]'


def new_settings() -> dict[str, str]:
    """A new value for everything that docker-compose.yml has no default for."""
    names = [*_OF_THE_SUITE, *(f"{service.upper()}_{kind}" for service in SERVICES for kind in _OF_EACH_SERVICE)]
    names += [f"{service.upper()}_{_OF_EACH_CLIENT}" for service in SERVICES if service != PROVIDER]
    return {**{name: _new_secret(name) for name in names}, "SMS_PROVIDERS": _MAILBOX}


def _new_secret(name: str) -> str:
    """Random hexadecimal digits, which need no quoting in a URL; DATA_KEYS are ``id:64 digits``."""
    if name.endswith("_DATA_KEYS"):
        return f"k1:{secrets.token_hex(32)}"
    return secrets.token_hex(32 if name.endswith("_KEY") else 24)


def write_env(path: Path) -> int:
    """Write the file; never over one that is there, since its keys may be the only ones that open the data."""
    settings = new_settings()
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        say(f"{path} is there already and stays as it is: its keys may be the only ones that open existing data.")
        return 1
    with os.fdopen(descriptor, "w") as file:
        file.write("".join(f"{name}={value}\n" for name, value in settings.items()))
    say(f"Wrote {path} with {len(settings)} new passwords and keys. Keep it safe; it is not committed.")
    return 0
