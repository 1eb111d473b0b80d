"""What stands against erasing somebody: what is open here, and what the other services said. Pure."""

from collections.abc import Mapping, Sequence

from membership.acknowledgements.rules import Answer
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


def reasons_here(open_here: Sequence[str]) -> list[Reason]:
    return [Reason(code, OPEN_HERE[code]) for code in open_here]


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
