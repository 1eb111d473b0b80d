"""Search by name, then choose; the form that asked gets the chosen in its address (``?person=…&person=…``)."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from shared.texts import N_
from shared.web import reading, requires
from welfare.lookups import Person, find_people, household_of, members_of, names_of

blueprint = Blueprint("choosing", __name__, url_prefix="/choose", template_folder="templates")

FORMS = {
    "talk": ("talks_pages.new_talk", N_("Who comes for a talk?"), False),
    "held": ("talks_pages.new_held_talk", N_("Who came for a talk?"), False),
    "dispute": ("disputes_pages.new_dispute", N_("Who is the dispute between?"), True),
    "relief": ("relief_pages.new_application", N_("Who applies for relief?"), False),
}


@dataclass(frozen=True)
class Found:
    """A person with those who live with them, so that two of the same name can be told apart."""

    id: UUID
    name: str
    household: Sequence[str]


@blueprint.get("/<any(talk, held, dispute, relief):form>")
@requires("officer")
def choose(form: str) -> ResponseReturnValue:
    """The way to a form leads through here where nobody was chosen yet."""
    endpoint, question, several = FORMS[form]
    words = request.args.get("q", "")
    taken = chosen()
    with reading() as session:
        found = [_with_household(session, person) for person in find_people(session, words, 30)]
        names = names_of(session, taken)
        return render_template(
            "choosing/choose.html",
            question=question,
            several=several,
            words=words,
            found=[one for one in found if one.id not in taken],
            taken=[(person_id, names.get(person_id, "")) for person_id in taken],
            form=form,
            address=lambda person_id: _address("choosing.choose" if several else endpoint, form, [*taken, person_id]),
            onward=_address(endpoint, form, taken) if taken else None,
            without=lambda person_id: _address("choosing.choose", form, [one for one in taken if one != person_id]),
        )


def chosen() -> list[UUID]:
    """The people chosen so far; what is malformed in the address counts as absent."""
    found = []
    for text in MultiDict(request.args).getlist("person"):
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return list(dict.fromkeys(found))


def _address(endpoint: str, form: str, people: Sequence[UUID]) -> str:
    if endpoint == "choosing.choose":
        return url_for(endpoint, form=form, person=[str(one) for one in people])
    return url_for(endpoint, person=[str(one) for one in people])


def _with_household(session: Session, person: Person) -> Found:
    household_id = household_of(session, person.id)
    others = [one for one in members_of(session, household_id) if one != person.id] if household_id else []
    return Found(person.id, person.name, sorted(names_of(session, others).values()))
