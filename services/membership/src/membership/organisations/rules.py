"""Rules of organisations: names, codes, and what may stand under what. Pure."""

import re
from dataclasses import dataclass

from membership.organisations import credit_codes
from membership.organisations.kinds import Kind, Kinds
from shared.refusal import Reason
from shared.texts import N_

_CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{0,39}")


@dataclass(frozen=True)
class OrganisationData:
    """What is entered about an organisation, as it was typed; :func:`tidied` brings it into one form."""

    code: str
    kind: str
    name_zh: str
    name_en: str
    credit_code: str | None = None


def tidied(data: OrganisationData) -> OrganisationData:
    return OrganisationData(
        code=data.code.strip().upper(),
        kind=data.kind,
        name_zh=" ".join(data.name_zh.split()),
        name_en=" ".join(data.name_en.split()),
        credit_code=credit_codes.normalised(data.credit_code) or None if data.credit_code else None,
    )


def broken(data: OrganisationData, parent_kind: str | None, kinds: Kinds) -> list[Reason]:
    """Every rule that tidied data break under a parent of that kind (None: at the top of a tree)."""
    kind = kinds.by_code.get(data.kind)
    reasons = _names(data)
    if kind is None:
        reasons.append(Reason("kind-unknown", N_("There is no such kind of organisation."), "kind"))
        return reasons
    return reasons + _place(kind, parent_kind, kinds) + _credit_code(kind, data.credit_code)


def _names(data: OrganisationData) -> list[Reason]:
    reasons = []
    if not _CODE.fullmatch(data.code):
        reasons.append(Reason("code-malformed", N_("A code has 1 to 40 capital letters, digits and hyphens."), "code"))
    for field, name in (("name_zh", data.name_zh), ("name_en", data.name_en)):
        if not 1 <= len(name) <= 120:
            reasons.append(Reason("name-length", N_("A name has 1 to 120 characters."), field))
    return reasons


def _place(kind: Kind, parent_kind: str | None, kinds: Kinds) -> list[Reason]:
    if parent_kind is None:
        if kinds.is_root(kind.code):
            return []
        return [Reason("parent-needed", N_("This kind of organisation stands under another one."), "parent_id")]
    if kind.code in kinds.by_code[parent_kind].children:
        return []
    return [
        Reason(
            "not-a-child-of",
            N_("This kind of organisation may not stand under that one."),
            "parent_id",
            {"child": kind.code, "parent": parent_kind, "allowed": list(kinds.by_code[parent_kind].children)},
        )
    ]


def _credit_code(kind: Kind, code: str | None) -> list[Reason]:
    if code is None:
        if kind.has_credit_code:
            text = N_("An enterprise has a unified social credit code.")
            return [Reason("credit-code-needed", text, "credit_code")]
        return []
    if not kind.has_credit_code:
        text = N_("Only an enterprise has a unified social credit code.")
        return [Reason("credit-code-not-for-this-kind", text, "credit_code")]
    if not credit_codes.is_valid(code):
        text = N_("This is no unified social credit code: 18 characters, the last of which is a check character.")
        return [Reason("credit-code-invalid", text, "credit_code")]
    return []
