"""Who acts, counted by person: two accounts of one person are still one pair of eyes."""

from uuid import UUID

from shared.principal import Principal
from shared.refusal import Refused
from shared.texts import N_


def person_of(principal: Principal) -> UUID:
    """The person behind an account, else the account itself. Refused for the service's own work: it is nobody."""
    who = principal.person_id or principal.id
    if who is None:
        raise Refused("nobody-acts", N_("A person has to do this, signed in under their own name."), status=403)
    return who
