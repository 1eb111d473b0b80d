"""Organisations in requests and answers."""

from marshmallow import Schema, fields, validate

from membership.organisations.kinds import kinds
from shared.principal import BODIES
from shared.web import Input, PageQuery

_KINDS = validate.OneOf(list(kinds().by_code))


class OrganisationIn(Input):
    code = fields.String(required=True, metadata={"description": "Capital letters, digits and hyphens; unique."})
    kind = fields.String(required=True, validate=_KINDS, metadata={"description": "Never changes."})
    parent_id = fields.UUID(load_default=None, allow_none=True, metadata={"description": "Null at the top of a tree."})
    name_zh = fields.String(required=True)
    name_en = fields.String(required=True)
    founded_on = fields.Date(
        load_default=None, allow_none=True, metadata={"description": "Null: as far back as anybody knows."}
    )
    credit_code = fields.String(
        load_default=None, allow_none=True, metadata={"description": "Unified social credit code of an enterprise."}
    )


class OrganisationChange(Input):
    since = fields.Date(metadata={"description": "From which day on names and parent hold; today when left out."})
    code = fields.String()
    parent_id = fields.UUID(allow_none=True)
    name_zh = fields.String()
    name_en = fields.String()
    credit_code = fields.String(allow_none=True)


class OrganisationOut(Schema):
    id = fields.UUID(required=True)
    code = fields.String(required=True)
    kind = fields.String(required=True)
    body = fields.String(required=True, allow_none=True)
    parent_id = fields.UUID(required=True, allow_none=True)
    name_zh = fields.String(required=True)
    name_en = fields.String(required=True)
    credit_code = fields.String(required=True, allow_none=True)
    active = fields.Boolean(required=True)
    sample = fields.Boolean(required=True)
    version = fields.Integer(required=True)


class OrganisationPeriodOut(Schema):
    kind = fields.String(required=True)
    parent_id = fields.UUID(required=True, allow_none=True)
    name_zh = fields.String(required=True)
    name_en = fields.String(required=True)
    start_on = fields.Date(required=True, allow_none=True, metadata={"description": "Null: as far back as known."})
    end_on = fields.Date(required=True, allow_none=True, metadata={"description": "The first day of what came next."})


class OrganisationThenOut(Schema):
    id = fields.UUID(required=True, attribute="organisation.id")
    code = fields.String(required=True, attribute="organisation.code")
    kind = fields.String(required=True, attribute="organisation.kind")
    body = fields.String(required=True, allow_none=True, attribute="organisation.body")
    parent_id = fields.UUID(required=True, allow_none=True, attribute="organisation.parent_id")
    name_zh = fields.String(required=True, attribute="organisation.name_zh")
    name_en = fields.String(required=True, attribute="organisation.name_en")
    depth = fields.Integer(required=True, metadata={"description": "0 at the top of a tree."})
    people = fields.Integer(required=True, attribute="members", metadata={"description": "Who held a role there."})


class OrganisationQuery(PageQuery):
    text = fields.String(load_default=None, metadata={"description": "Part of a name or of the code."})
    kind = fields.String(load_default=None, validate=_KINDS)
    body = fields.String(load_default=None, validate=validate.OneOf(BODIES))
    parent_id = fields.UUID(load_default=None)
    active = fields.Boolean(load_default=None, allow_none=True)
