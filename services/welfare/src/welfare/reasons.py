"""Saying no with every reason at once."""

from collections.abc import Sequence

from shared.refusal import Reason, Refused


def refuse_for(reasons: Sequence[Reason], status: int = 422) -> None:
    """Raise Refused when there is any reason. 422: the input is to blame; 409: the state of things."""
    if reasons:
        raise Refused.many(reasons, status)
