"""How a sender's batch is shared between the lanes. Pure."""

from collections.abc import Sequence


def shares(most: int, lanes: Sequence[str]) -> list[tuple[str, int]]:
    """How many rows of each lane a batch of `most` may take, in the order in which they are taken and sent.

    Urgent ones may fill the batch. Of what they leave, bulk ones keep a quarter (at least one), so that neither
    normal ones wait behind a bulk of thousands nor a steady flow of normal ones stops the bulk.
    """
    others = [lane for lane in lanes if lane != "urgent"]
    planned = [("urgent", most)] if "urgent" in lanes else []
    if others == ["normal", "bulk"] and most > 1:
        bulk = max(most // 4, 1)
        return [*planned, ("normal", most - bulk), ("bulk", bulk)]
    return [*planned, *((lane, most) for lane in others)]
