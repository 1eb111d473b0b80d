"""The calendar in requests and answers."""

from marshmallow import Schema, fields

from shared.web import Input


class CalendarDayOut(Schema):
    day = fields.Date(required=True)
    working = fields.Boolean(required=True)
    note = fields.String(required=True)
    source = fields.String(required=True, metadata={"description": "library or staff."})


class CalendarYearOut(Schema):
    year = fields.Integer(required=True)
    official = fields.Boolean(required=True, metadata={"description": "False: counts in this year are provisional."})
    days = fields.List(
        fields.Nested(CalendarDayOut), required=True, metadata={"description": "What differs from a plain week."}
    )


class CalendarDayIn(Input):
    working = fields.Boolean(required=True)
    note = fields.String(load_default="")
