"""What stands against erasing somebody: what is open here, and what the other services said. Pure."""

from collections.abc import Mapping, Sequence

from membership.acknowledgements.rules import Answer
from shared.principal import Principal
from shared.refusal import Reason
from shared.texts import N_

ERASED_NAME = "已删除"
"""What an erased record is called. A name cannot be empty, and releases that run beside this one show it."""
OPEN_HERE = {
    "party-member": N_("Belongs to the Party: the file is kept by its rules. Transfer or end that membership first."),
    "open-file": N_("A development file is open. Close it first."),
    "pending-transfer": N_("A transfer is pending. Accept or return it first."),
    "open-stay": N_("Registered as a floating member. End the stay first."),
    "unpaid-dues": N_("Dues are unpaid. Have them paid or waived first."),
    "only-guardian": N_("The only guardian of a child. Name another guardian first."),
    "active-account": N_("Signs in as staff. Deactivate the account first."),
}


_OF_THE_PARTY = ("party-member", "open-file", "pending-transfer", "open-stay", "unpaid-dues")
ELSEWHERE = N_("Something is open at another body of this centre, whose staff bring it to an end.")


def reasons_here(open_here: Sequence[str], reader: Principal) -> list[Reason]:
    """To who has no role in the Party office it is not said what is open there."""
    secret = () if reader.allows("viewer", "party") else _OF_THE_PARTY
    reasons = [Reason(code, OPEN_HERE[code]) for code in open_here if code not in secret]
    if any(code in secret for code in open_here):
        reasons.append(Reason("open-at-another-body", ELSEWHERE))
    return reasons


def reasons_elsewhere(answers: Sequence[Answer]) -> list[Reason]:
    """Services that have not answered yet, and those in which something is still open."""
    reasons = []
    for answer in answers:
        facts: Mapping[str, str] = {"service": answer.service}
        if answer.answered_at is None:
            text = N_("%(service)s has not said yet whether anything is open there.")
            reasons.append(Reason("not-answered", text, None, facts))
        elif answer.counts:
            text = N_("In %(service)s something is still open. Bring it to an end there, and ask again.")
            reasons.append(Reason("open-elsewhere", text, None, facts))
    return reasons
