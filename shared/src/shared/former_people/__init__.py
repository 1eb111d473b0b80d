"""People whose record was merged into another one or erased: what every service does about it, said once.

What a service has of a person it moves or erases itself; here is who is gone, the answer to membership, and that a
late event brings nobody back.
"""

from shared.former_people.answers import Answers, declare_answers
from shared.former_people.lookup import (
    bodies_forgotten,
    current_id,
    current_ids,
    erased_of,
    is_erased,
    is_former,
    merged_ids,
    people_forgotten,
    still_there,
)
from shared.former_people.reaction import FormerPersonNeeded, PersonRules, follow_people, sweeper

__all__ = [
    "Answers",
    "FormerPersonNeeded",
    "PersonRules",
    "bodies_forgotten",
    "current_id",
    "current_ids",
    "declare_answers",
    "erased_of",
    "follow_people",
    "is_erased",
    "is_former",
    "merged_ids",
    "people_forgotten",
    "still_there",
    "sweeper",
]
