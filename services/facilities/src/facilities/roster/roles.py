"""What people do on duty, read from ``roles.yaml``. A role that is not needed any more stays there for old shifts."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

import yaml

from facilities.naming import BilingualName


@dataclass(frozen=True)
class Role:
    """``keeps_house``: whoever does this may have the house open after working hours."""

    code: str
    zh: str
    en: str
    keeps_house: bool = False

    @property
    def name(self) -> BilingualName:
        return BilingualName(self.zh, self.en)


def _read() -> Mapping[str, Role]:
    given = yaml.safe_load(files("facilities.roster").joinpath("roles.yaml").read_text("utf-8"))
    return {one["code"]: Role(**one) for one in given}


ROLES = _read()


def role_of(code: str) -> Role:
    """A role by its code; one that left the file is called by its code."""
    return ROLES.get(code) or Role(code, code, code)
