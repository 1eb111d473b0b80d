"""From welfare: its answers to merges and erasures."""

from membership.acknowledgements.reaction import follow_answers
from shared.inbox import Reactions

reactions = Reactions("welfare")
follow_answers(reactions)
