"""Imports in answers. The file comes in as the body of the request."""

from marshmallow import Schema, fields

from shared.web import PageQuery


class RowErrorOut(Schema):
    row = fields.Integer(required=True, metadata={"description": "As a spreadsheet counts; the header is 1."})
    column = fields.String(required=True, allow_none=True, metadata={"description": "Null: the row as a whole."})
    code = fields.String(required=True, metadata={"description": "The rule."})
    text = fields.String(required=True)


class PlannedRowOut(Schema):
    row = fields.Integer(required=True)
    name = fields.String(required=True)
    action = fields.String(required=True, metadata={"description": "register, join or nothing."})
    joins = fields.List(fields.String(), required=True, metadata={"description": "Codes of organisations."})


class ImportOut(Schema):
    id = fields.UUID(required=True)
    file_name = fields.String(required=True)
    state = fields.String(required=True, metadata={"description": "waiting, imported or given-up."})
    row_count = fields.Integer(required=True)
    registered_count = fields.Integer(required=True)
    started_count = fields.Integer(required=True)
    uploaded_by = fields.String(required=True)
    uploaded_at = fields.AwareDateTime(required=True)
    imported_at = fields.AwareDateTime(required=True, allow_none=True)
    version = fields.Integer(required=True)


class PreviewOut(ImportOut):
    errors = fields.List(fields.Nested(RowErrorOut), required=True)
    rows = fields.List(fields.Nested(PlannedRowOut), required=True)


class ImportQuery(PageQuery):
    state = fields.String(load_default=None)
