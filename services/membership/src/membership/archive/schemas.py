"""Papers of the archive room in requests and answers."""

from marshmallow import Schema, fields, validate

from membership.archive.rules import RETENTION, STATES
from shared.web import Input, PageQuery


class ArchivePaperIn(Input):
    organisation_id = fields.UUID(required=True)
    title = fields.String(required=True)
    dated_on = fields.Date(required=True)
    place = fields.String(required=True, metadata={"description": "Where it stands: shelf, box."})
    retention = fields.String(required=True, validate=validate.OneOf(list(RETENTION)))


class ArchiveLoanIn(Input):
    person_id = fields.UUID(required=True)
    lent_on = fields.Date(required=True)
    due_on = fields.Date(required=True)
    purpose = fields.String(load_default="")


class ArchiveReturnIn(Input):
    returned_on = fields.Date(required=True)


class ArchiveDecisionIn(Input):
    consent = fields.Boolean(required=True, metadata={"description": "False: it goes back to its place."})


class ArchiveLoanOut(Schema):
    person_id = fields.UUID(required=True)
    purpose = fields.String(required=True)
    lent_on = fields.Date(required=True)
    due_on = fields.Date(required=True)
    returned_on = fields.Date(required=True, allow_none=True)


class ArchivePaperOut(Schema):
    id = fields.UUID(required=True)
    number = fields.String(required=True)
    organisation_id = fields.UUID(required=True)
    title = fields.String(required=True)
    dated_on = fields.Date(required=True)
    place = fields.String(required=True)
    retention = fields.String(required=True)
    keep_until = fields.Date(required=True, allow_none=True)
    state = fields.String(required=True, metadata={"description": "kept, proposed (to be disposed of) or disposed."})
    loans = fields.List(fields.Nested(ArchiveLoanOut), required=True)
    version = fields.Integer(required=True)


class ArchivePaperQuery(PageQuery):
    text = fields.String(load_default=None, metadata={"description": "Part of title, number or place."})
    organisation_id = fields.UUID(load_default=None)
    state = fields.String(load_default=None, validate=validate.OneOf(list(STATES)))
