"""Where the rules stand that are data: beside the code, or in the folder that MEMBERSHIP_RULES names.

A file there replaces the one of the same name here (``house.yaml``, ``rates.yaml``, ``kinds.yaml``, ``packs/*.yaml``).
All are read once and checked when they are read; what cannot be right stops the process with its reason.
"""

import os
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

VARIABLE = "MEMBERSHIP_RULES"


def rule_text(package: str, name: str) -> str:
    """The text of a file of rules. FileNotFoundError when MEMBERSHIP_RULES names no folder."""
    own = _own(name)
    found = own if own is not None else files(package).joinpath(name)
    return found.read_text(encoding="utf-8")


def rule_folder(package: str, name: str) -> Traversable:
    """A folder of files that belong together; it is replaced as a whole."""
    return _own(name) or files(package).joinpath(name)


def _own(name: str) -> Path | None:
    given = os.environ.get(VARIABLE)
    if not given:
        return None
    folder = Path(given)
    if not folder.is_dir():
        raise FileNotFoundError(f"{VARIABLE}: there is no folder {given}")
    own = folder / name
    return own if own.exists() else None
