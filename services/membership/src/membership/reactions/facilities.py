"""From facilities: its answers to merges and erasures."""

from membership.acknowledgements.reaction import follow_answers
from shared.inbox import Reactions

reactions = Reactions("facilities")
follow_answers(reactions)
