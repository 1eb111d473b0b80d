"""Development files in requests and answers."""

from marshmallow import Schema, fields, validate

from membership.development.pack import STAGES
from membership.development.wording import CLOSING_NAMES, PAPER_NAMES, STEP_NAMES
from shared.web import Input, PageQuery

_COUNT = validate.Range(0, 100000)


class PaperIn(Input):
    kind = fields.String(required=True, validate=validate.OneOf(list(PAPER_NAMES)))
    received_on = fields.Date(required=True)
    place = fields.String(load_default="", metadata={"description": "Where in the archive."})


class FileIn(Input):
    person_id = fields.UUID(required=True)
    organisation_id = fields.UUID(required=True, metadata={"description": "A Party branch."})
    received_on = fields.Date(required=True, metadata={"description": "When the application was handed in."})
    papers = fields.List(fields.Nested(PaperIn), load_default=list)


class StepIn(Input):
    step = fields.String(required=True, validate=validate.OneOf(list(STEP_NAMES)))
    held_on = fields.Date(required=True)
    passed = fields.Boolean(load_default=True)
    people = fields.List(fields.UUID(), load_default=list, metadata={"description": "Contact persons, introducers."})
    days = fields.Integer(load_default=None, allow_none=True, validate=_COUNT)
    hours = fields.Integer(load_default=None, allow_none=True, validate=_COUNT)
    months = fields.Integer(load_default=None, allow_none=True, metadata={"description": "Of an extension."})
    special_reason = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=300))
    note = fields.String(load_default="")
    papers = fields.List(fields.Nested(PaperIn), load_default=list, metadata={"description": "That came with it."})


class VoteIn(Input):
    held_on = fields.Date(required=True)
    present = fields.List(fields.UUID(), required=True, metadata={"description": "Members who were there."})
    in_favour = fields.Integer(required=True, validate=_COUNT)
    against = fields.Integer(required=True, validate=_COUNT)
    abstained = fields.Integer(required=True, validate=_COUNT)
    invalid = fields.Integer(load_default=0, validate=_COUNT)
    tellers = fields.String(load_default="")
    papers = fields.List(fields.Nested(PaperIn), load_default=list)


class ClosingIn(Input):
    reason = fields.String(required=True, validate=validate.OneOf(list(CLOSING_NAMES)))


class StepOut(Schema):
    step = fields.String(required=True)
    held_on = fields.Date(required=True)
    passed = fields.Boolean(required=True)
    late = fields.Boolean(required=True)
    rule_pack = fields.String(required=True)
    article = fields.String(required=True)
    facts = fields.Dict(required=True)
    note = fields.String(required=True)


class PaperOut(Schema):
    kind = fields.String(required=True)
    received_on = fields.Date(required=True)
    place = fields.String(required=True)


class HelperOut(Schema):
    person_id = fields.UUID(required=True)
    part = fields.String(required=True)
    since = fields.Date(required=True)


class DeadlineOut(Schema):
    kind = fields.String(required=True)
    due_on = fields.Date(required=True)


class FileOut(Schema):
    id = fields.UUID(required=True)
    person_id = fields.UUID(required=True)
    organisation_id = fields.UUID(required=True)
    stage = fields.String(required=True)
    state = fields.String(required=True)
    opened_on = fields.Date(required=True)
    closed_on = fields.Date(required=True, allow_none=True)
    probation_ends_on = fields.Date(
        required=True, allow_none=True, metadata={"description": "The day from which Party age runs."}
    )
    steps = fields.List(fields.Nested(StepOut), required=True)
    papers = fields.List(fields.Nested(PaperOut), required=True)
    people = fields.List(fields.Nested(HelperOut), required=True)
    deadlines = fields.List(fields.Nested(DeadlineOut), required=True)
    version = fields.Integer(required=True)


class FileQuery(PageQuery):
    stage = fields.String(load_default=None, validate=validate.OneOf(STAGES))
    state = fields.String(load_default=None, validate=validate.OneOf(["open", "full", "closed"]))
    organisation_id = fields.UUID(load_default=None)
    person_id = fields.UUID(load_default=None)


class TimetableQuery(Schema):
    start = fields.Date(load_default=None, data_key="from", metadata={"description": "If it goes on from that day."})


class PlannedOut(Schema):
    step = fields.String(required=True, attribute="step.code")
    article = fields.String(required=True, attribute="step.article")
    rule_pack = fields.String(required=True)
    earliest = fields.Date(required=True)
    latest = fields.Date(required=True, allow_none=True)
    missing = fields.List(fields.String(), required=True, metadata={"description": "Papers that are not there yet."})
    provisional = fields.Boolean(required=True, metadata={"description": "Counted in a year without a holiday plan."})
    ready = fields.Boolean(required=True, metadata={"description": "Everything that comes before is on file."})


class TimetableOut(Schema):
    steps = fields.List(fields.Nested(PlannedOut), required=True)
