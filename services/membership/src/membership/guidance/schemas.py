"""Guidance visits in requests and answers."""

from marshmallow import Schema, fields

from shared.web import Input, PageQuery


class GuidanceFindingIn(Input):
    finding = fields.String(required=True)
    action = fields.String(required=True, metadata={"description": "What is to be done about it."})
    due_on = fields.Date(required=True)


class GuidanceVisitIn(Input):
    organisation_id = fields.UUID(required=True)
    visited_on = fields.Date(required=True)
    visitors = fields.String(required=True)
    summary = fields.String(required=True)
    findings = fields.List(fields.Nested(GuidanceFindingIn), load_default=list)


class GuidanceFindingOut(Schema):
    id = fields.UUID(required=True)
    finding = fields.String(required=True)
    action = fields.String(required=True)
    due_on = fields.Date(required=True)
    done_on = fields.Date(required=True, allow_none=True)
    outcome = fields.String(required=True, allow_none=True)
    version = fields.Integer(required=True)


class GuidanceVisitOut(Schema):
    id = fields.UUID(required=True)
    organisation_id = fields.UUID(required=True)
    visited_on = fields.Date(required=True)
    visitors = fields.String(required=True)
    summary = fields.String(required=True)
    findings = fields.List(fields.Nested(GuidanceFindingOut), required=True)


class GuidanceVisitQuery(PageQuery):
    organisation_id = fields.UUID(load_default=None)


class GuidanceDoneIn(Input):
    done_on = fields.Date(required=True)
    outcome = fields.String(required=True)
