"""Yuan as exact decimals; fen, the hundredth, as integers where they are stored."""

import re
from decimal import Decimal

from shared.refusal import Refused
from shared.texts import N_

_FORM = re.compile(r"-?\d{1,12}(\.\d{1,2})?")


def parse_yuan(text: str, *, field: str = "amount", zero: bool = False, negative: bool = False) -> Decimal:
    """An amount written as ``1234.5`` or ``1234.50``, in yuan.

    Raises Refused (422) on anything but digits with at most two decimals: floats, exponents, NaN, signs;
    zero and negative amounts are refused unless asked for.
    """
    if not isinstance(text, str) or not _FORM.fullmatch(text.strip()):
        raise Refused(
            "amount-malformed",
            N_("Write the amount in yuan with at most two decimals, for example 1200.00."),
            field=field,
            status=422,
        )
    amount = Decimal(text.strip()).quantize(Decimal("0.01"))
    if (amount < 0 and not negative) or (amount == 0 and not zero):
        raise Refused("amount-not-positive", N_("The amount must be more than zero."), field=field, status=422)
    return amount


def to_fen(amount: Decimal) -> int:
    """Whole fen of an amount in yuan; ValueError when it has a fraction of a fen."""
    fen = amount * 100
    if fen != fen.to_integral_value():
        raise ValueError("an amount in yuan has at most two decimals")
    return int(fen)


def from_fen(fen: int) -> Decimal:
    """An amount in yuan with exactly two decimals."""
    return (Decimal(fen) / 100).quantize(Decimal("0.01"))


def yuan_text(amount: Decimal) -> str:
    """The wire form: two decimals, a dot, no grouping."""
    return f"{amount:.2f}"
