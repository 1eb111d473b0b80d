"""What the API takes and gives about registrations."""

from marshmallow import Schema, fields, validate

from shared.web import Input, PageQuery


class RegistrationIn(Input):
    person_ids = fields.List(
        fields.UUID(),
        required=True,
        validate=validate.Length(1, 12),
        metadata={"description": "One person, or a family that gets its places together or waits together."},
    )
    session_id = fields.UUID(
        load_default=None, allow_none=True, metadata={"description": "Which session; not needed where there is one."}
    )


class CancellationIn(Input):
    reason = fields.String(
        load_default="own",
        validate=validate.OneOf(("own", "staff")),
        metadata={"description": "own: the person asked for it; staff: the centre decided."},
    )
    whole_group = fields.Boolean(
        load_default=False, metadata={"description": "Also for those who were registered together with this person."}
    )


class RegistrationOut(Schema):
    id = fields.UUID()
    activity_id = fields.UUID()
    session_id = fields.UUID()
    person_id = fields.UUID()
    group_id = fields.UUID(metadata={"description": "The same for those who were registered together."})
    state = fields.String(validate=validate.OneOf(("confirmed", "waitlisted", "cancelled")))
    waiting_number = fields.Integer(
        allow_none=True, metadata={"description": "The place on the waiting list, from 1; null for who does not wait."}
    )


class RegistrationMade(RegistrationOut):
    """The first person's registration, and all that were made together under ``registrations``."""

    registrations = fields.List(fields.Nested(RegistrationOut))


class RegistrationQuery(PageQuery):
    session_id = fields.UUID(load_default=None, metadata={"description": "Only of this session."})
    state = fields.String(
        load_default=None,
        validate=validate.OneOf(("confirmed", "waitlisted", "cancelled")),
        metadata={"description": "Only in this state."},
    )
