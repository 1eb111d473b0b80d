"""Terms and elections in requests and answers."""

from marshmallow import Schema, fields, validate

from membership.elections.queries import OFFICES
from shared.web import Input

_YEARS = validate.OneOf([3, 5])


class TermIn(Input):
    organisation_id = fields.UUID(required=True)
    started_on = fields.Date(required=True)
    years = fields.Integer(load_default=None, allow_none=True, validate=_YEARS)


class PostponementIn(Input):
    until = fields.Date(required=True)
    decided_on = fields.Date(required=True, metadata={"description": "When the superior organisation approved it."})
    note = fields.String(required=True, metadata={"description": "Who approved it, and by which paper."})


class TermOut(Schema):
    id = fields.UUID(required=True)
    organisation_id = fields.UUID(required=True)
    election_id = fields.UUID(required=True, allow_none=True)
    started_on = fields.Date(required=True)
    years = fields.Integer(required=True)
    due_on = fields.Date(required=True)
    postponed_to = fields.Date(required=True, allow_none=True)
    postponed_note = fields.String(required=True)
    ended_on = fields.Date(required=True, allow_none=True)
    version = fields.Integer(required=True)


class TermStandingOut(Schema):
    organisation_id = fields.UUID(required=True, attribute="organisation.id")
    state = fields.String(required=True, metadata={"description": "none, running, soon, postponed or overdue."})
    full_members = fields.Integer(required=True)
    committee = fields.Integer(required=True, metadata={"description": "How many hold an office."})
    size = fields.String(required=True, allow_none=True, metadata={"description": "too-small or committee-needed."})
    term = fields.Nested(TermOut, required=True, allow_none=True)


class CandidateIn(Input):
    person_id = fields.UUID(required=True)
    in_favour = fields.Integer(required=True, validate=validate.Range(0))
    against = fields.Integer(load_default=0, validate=validate.Range(0))
    abstained = fields.Integer(load_default=0, validate=validate.Range(0))
    role = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(OFFICES))


class ElectionIn(Input):
    organisation_id = fields.UUID(required=True)
    held_on = fields.Date(required=True)
    due = fields.Integer(load_default=None, allow_none=True, metadata={"description": "Only above a branch."})
    present = fields.Integer(required=True)
    returned = fields.Integer(required=True)
    years = fields.Integer(load_default=None, allow_none=True, validate=_YEARS)
    tellers = fields.String(load_default="")
    candidates = fields.List(fields.Nested(CandidateIn), required=True)


class CandidateOut(Schema):
    person_id = fields.UUID(required=True)
    in_favour = fields.Integer(required=True)
    against = fields.Integer(required=True)
    abstained = fields.Integer(required=True)
    role = fields.String(required=True, allow_none=True)


class ElectionOut(Schema):
    id = fields.UUID(required=True)
    organisation_id = fields.UUID(required=True)
    held_on = fields.Date(required=True)
    due = fields.Integer(required=True)
    present = fields.Integer(required=True)
    returned = fields.Integer(required=True)
    candidates = fields.List(fields.Nested(CandidateOut), required=True)
