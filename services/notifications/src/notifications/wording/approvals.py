"""Codes under which providers approved a text, and what goes into it. Pure."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from notifications.short_links.rules import NAMES
from notifications.wording.rendering import Conditional, MalformedTemplate, Placeholder, Text, Value, read_template
from shared.refusal import Reason
from shared.texts import N_

LONGEST_CODE = 80
ADDRESS, CODE = NAMES
_NUMBER = re.compile(r"[0-9]+")


@dataclass(frozen=True)
class Approval:
    """One provider's code of one text. `parameters` are pairs of the provider's name and a text with our placeholders,
    in the provider's order."""

    provider: str
    code: str
    parameters: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> "Approval":
        """From what a database or a program keeps."""
        pairs = tuple((str(name), str(text)) for name, text in entry["parameters"])
        return cls(str(entry["provider"]), str(entry["code"]), pairs)

    def entry(self) -> dict[str, Any]:
        return {"provider": self.provider, "code": self.code, "parameters": [list(pair) for pair in self.parameters]}


@dataclass(frozen=True)
class Demands:
    """What the configured gateways want: `approving` need a code for each text, `free` says that another takes any."""

    approving: tuple[str, ...] = ()
    free: bool = True


ANY_TEXT = Demands()


def read_parameters(text: str) -> tuple[tuple[str, str], ...]:
    """Pairs from lines ``name = text``."""
    pairs = (line.partition("=") for line in text.splitlines() if line.strip())
    return tuple((name.strip(), value.strip()) for name, _, value in pairs)


def written_parameters(parameters: Iterable[Sequence[str]]) -> str:
    return "\n".join(f"{name} = {text}" for name, text in parameters)


def check_approvals(body: str, approvals: Sequence[Approval], offered: Iterable[str]) -> list[Reason]:
    """Every reason not to keep these codes. Fields are ``code-<provider>`` and ``parameters-<provider>``."""
    known = set(offered)
    return [reason for approval in approvals for reason in _check(body, approval, known)]


def check_demands(approvals: Sequence[Approval], demands: Demands) -> list[Reason]:
    """Why no gateway would send this text: each one wants a code of its own and none was given."""
    given = {approval.provider for approval in approvals}
    if demands.free or not demands.approving or given & set(demands.approving):
        return []
    return [
        Reason(
            "approval-missing",
            N_("%(provider)s sends only texts that it approved. Give its code."),
            f"code-{provider}",
            {"provider": provider},
        )
        for provider in demands.approving
    ]


def _check(body: str, approval: Approval, known: set[str]) -> list[Reason]:
    reasons = []
    if not approval.code or len(approval.code) > LONGEST_CODE:
        reasons.append(Reason("code", N_("Give the code that the provider issued."), f"code-{approval.provider}"))
    field = f"parameters-{approval.provider}"
    names = [name for name, _ in approval.parameters]
    if len(set(names)) != len(names) or not all(names):
        reasons.append(Reason("names", N_("Each parameter needs a name of its own."), field))
    if any(_NUMBER.fullmatch(name) for name in names):
        wanted = [str(number) for number, _ in zip(count(1), names, strict=False)]
        if names != wanted:
            reasons.append(
                Reason(
                    "order-incomplete",
                    N_("Parameters that are numbers must be %(wanted)s, in this order and without a gap."),
                    field,
                    {"wanted": ", ".join(wanted)},
                )
            )
    carried: set[str] = set()
    for name, text in approval.parameters:
        try:
            used = set(read_template(text).names())
        except MalformedTemplate:
            reasons.append(Reason("malformed", N_("The text of “%(name)s” is malformed."), field, {"name": name}))
            continue
        carried |= used
        if CODE in used:  # the address before it is a part of the approved text
            carried.add(ADDRESS)
        if used - known:
            reasons.append(
                Reason(
                    "unknown-placeholder",
                    N_("“%(name)s” asks for “%(unknown)s”, which this event does not give."),
                    field,
                    {"name": name, "unknown": ", ".join(sorted(used - known))},
                )
            )
    reasons += [
        Reason("not-carried", N_("The text says ((%(name)s)), which no parameter carries."), field, {"name": name})
        for name in _names(body)
        if name not in carried
    ]
    return reasons


def _names(body: str) -> list[str]:
    try:
        return read_template(body).names()
    except MalformedTemplate:
        return []


@dataclass(frozen=True)
class Submission:
    """A text as one kind of provider wants it submitted, and the parameters that go with it, in order."""

    text: str
    parameters: tuple[tuple[str, str], ...]


def submission(body: str, kind: str) -> Submission:
    """What to hand in for approval: Aliyun names what is filled in (``${name}``), Tencent Cloud counts it (``{1}``).

    A conditional text is one parameter, empty where there is no value. Raises MalformedTemplate.
    """
    pieces: list[str] = []
    parameters: dict[str, str] = {}
    names: set[str] = set()
    for part in read_template(body).parts:
        if isinstance(part, Text):
            pieces.append(part.text)
            continue
        source = _source(part)
        if source not in parameters:
            name = part.name if isinstance(part, Placeholder) else part.flag
            while name in names:
                name += "2"
            parameters[source] = str(len(parameters) + 1) if kind == "tencent" else name
            names.add(name)
        pieces.append(f"{'' if kind == 'tencent' else '$'}{{{parameters[source]}}}")
    return Submission("".join(pieces), tuple((name, source) for source, name in parameters.items()))


def _source(part: Placeholder | Conditional) -> str:
    """The part as it stands in a template."""
    if isinstance(part, Placeholder):
        return f"(({part.name}))"
    inner = "".join(piece.text if isinstance(piece, Text) else f"(({piece.name}))" for piece in part.parts)
    return f"(({part.flag}??{inner}))"


def as_the_vendor_gets_it(kind: str, parameters: Iterable[tuple[str, str]], values: Mapping[str, Value]) -> str:
    """The filled in parameters as JSON: an object by name at Aliyun, a list at Tencent Cloud. Raises MissingValues."""
    filled = [(name, read_template(text).render(values, "sms")) for name, text in parameters]
    return json.dumps([text for _, text in filled] if kind == "tencent" else dict(filled), ensure_ascii=False)
