"""The kinds of organisations as data: read once from ``kinds.yaml``, checked when read."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from membership.rule_files import rule_text
from shared.principal import BODIES


@dataclass(frozen=True)
class Kind:
    """``body`` is None for what belongs to no body; ``children`` are the kinds that may stand under it,
    ``joined_by`` those whose units may share one of this kind."""

    code: str
    body: str | None
    names: Mapping[str, str]
    children: tuple[str, ...]
    roles: tuple[str, ...]
    has_credit_code: bool
    joined_by: tuple[str, ...] = ()

    def name(self, language: str) -> str:
        return self.names["zh" if language.startswith("zh") else "en"]


@dataclass(frozen=True)
class Kinds:
    """All kinds, by code in the order of the file, and the names of the roles."""

    by_code: Mapping[str, Kind]
    role_names: Mapping[str, Mapping[str, str]]

    def is_root(self, code: str) -> bool:
        """Whether this kind stands at the top of a tree."""
        return all(code not in kind.children for kind in self.by_code.values())

    def role_name(self, role: str, language: str) -> str:
        names = self.role_names.get(role)
        return role if names is None else names["zh" if language.startswith("zh") else "en"]


def read(document: Mapping[str, Any]) -> Kinds:
    """ValueError when a kind names an unknown child, role or body, or could stand under itself."""
    role_names = document["roles"]
    kinds = {
        code: Kind(
            code=code,
            body=given["body"],
            names={"zh": given["zh"], "en": given["en"]},
            children=tuple(given["children"]),
            roles=tuple(given["roles"]),
            has_credit_code=given.get("code") == "uscc",
            joined_by=tuple(given.get("joined_by", ())),
        )
        for code, given in document["kinds"].items()
    }
    for kind in kinds.values():
        if kind.body not in (None, *BODIES) or not {*kind.children, *kind.joined_by} <= set(kinds) or not kind.roles:
            raise ValueError(f"{kind.code}: unknown body or child, or no role")
        if not set(kind.roles) <= set(role_names):
            raise ValueError(f"{kind.code}: a role has no name")
        if any(kinds[child].body != kind.body for child in kind.children):
            raise ValueError(f"{kind.code}: a child belongs to another body")
        if kind.code in _below(kinds, kind):
            raise ValueError(f"{kind.code} could stand under itself")
    return Kinds(kinds, role_names)


def _below(kinds: Mapping[str, Kind], kind: Kind) -> set[str]:
    found: set[str] = set()
    waiting = list(kind.children)
    while waiting:
        code = waiting.pop()
        if code not in found:
            found.add(code)
            waiting.extend(kinds[code].children)
    return found


@cache
def kinds() -> Kinds:
    """The kinds of this release."""
    return read(yaml.safe_load(rule_text("membership.organisations", "kinds.yaml")))
