"""People in requests and answers. An ID number comes in and never goes out: see the reveal resource."""

from marshmallow import Schema, fields, validate

from membership.consents.schemas import ConsentIn
from membership.people.rules import LANGUAGES
from shared.principal import BODIES
from shared.web import Input, PageQuery


class PersonIn(Input):
    name = fields.String(required=True)
    language = fields.String(
        load_default="zh-Hans", validate=validate.OneOf(LANGUAGES), metadata={"description": "For messages."}
    )
    phone = fields.String(
        load_default=None, allow_none=True, metadata={"description": "Chinese, or from abroad with + and country."}
    )
    email = fields.String(load_default=None, allow_none=True)
    birth_on = fields.Date(load_default=None, allow_none=True)
    id_number = fields.String(
        load_default=None, allow_none=True, metadata={"description": "Resident identity card number; kept sealed."}
    )
    consent = fields.Nested(
        ConsentIn,
        load_default=None,
        allow_none=True,
        metadata={"description": "For a child under 14: which guardian consented, when, on which paper."},
    )
    guardian_ids = fields.List(
        fields.UUID(),
        load_default=list,
        validate=validate.Length(max=6),
        metadata={"description": "For a child: its guardians, into whose household it is taken."},
    )


class PersonChange(Input):
    name = fields.String()
    language = fields.String(validate=validate.OneOf(LANGUAGES))
    phone = fields.String(allow_none=True)
    email = fields.String(allow_none=True)
    birth_on = fields.Date(allow_none=True)
    id_number = fields.String(allow_none=True, metadata={"description": "Replacing one is for managers."})


class PersonOut(Schema):
    id = fields.UUID(required=True)
    name = fields.String(required=True, attribute="person.name")
    language = fields.String(required=True, attribute="person.language")
    phone = fields.String(required=True, allow_none=True)
    email = fields.String(required=True, allow_none=True)
    birth_on = fields.Date(required=True, allow_none=True)
    has_id_number = fields.Boolean(required=True, allow_none=True)
    complete = fields.Boolean(
        required=True,
        metadata={"description": "False for another body: name, organisation and contact status alone are said."},
    )
    contact = fields.String(
        required=True, metadata={"description": "How the person can be reached: guardians, phone, email or none."}
    )
    guardian_ids = fields.List(fields.UUID(), required=True)
    guardian_consent = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Under 14: given or missing. Null: none is needed, or another body's person."},
    )
    sample = fields.Boolean(required=True, attribute="person.sample")
    registered_at = fields.AwareDateTime(required=True, attribute="person.registered_at")
    version = fields.Integer(required=True)


class PeopleQuery(PageQuery):
    search = fields.String(
        load_default=None,
        metadata={
            "description": "A name from any character on, its pinyin or initials, the end of a phone or ID number."
        },
    )
    name = fields.String(load_default=None, metadata={"description": "Part of the name."})
    phone = fields.String(load_default=None, metadata={"description": "The last digits of the telephone number."})
    organisation_id = fields.UUID(load_default=None, metadata={"description": "Who holds a role there today."})
    body = fields.String(load_default=None, validate=validate.OneOf(BODIES))


class GuardiansIn(Input):
    guardian_ids = fields.List(fields.UUID(), required=True, validate=validate.Length(max=6))


class RevealIn(Input):
    reason = fields.String(required=True, metadata={"description": "Why; kept in the audit trail."})


class RevealOut(Schema):
    id_number = fields.String(required=True)
