"""Which fund a case of a body may ask. Pure."""

from shared.principal import ALL_BODIES
from shared.refusal import Reason
from shared.texts import N_


def may_be_asked(fund_body: str | None, body: str) -> list[Reason]:
    """A fund of the same body, or of the whole centre. ``fund_body`` is None when there is no such fund."""
    if fund_body is None:
        return [Reason("fund-unknown", N_("There is no such fund."), "fund_id")]
    if fund_body not in (body, ALL_BODIES):
        return [Reason("fund-of-another-body", N_("This fund belongs to another body."), "fund_id")]
    return []
