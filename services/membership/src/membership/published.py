"""Every event that membership publishes. Telephone numbers and e-mail addresses go to the contacts exchange alone."""

from marshmallow import Schema, fields, validate

from shared.events import Registry
from shared.principal import BODIES

CONTACTS = "membership.contacts"
registry = Registry("membership")

_PERSON = "0192f0c1-7b6a-7000-8000-000000000001"
_CHILD = "0192f0c1-7b6a-7000-8000-000000000002"
_ORGANISATION = "0192f0c1-7b6a-7000-8000-0000000000a1"


def _body() -> fields.String:
    return fields.String(
        required=True,
        allow_none=True,
        validate=validate.OneOf(BODIES),
        metadata={"description": "The body it belongs to; null for enterprises, the centre and its stations."},
    )


class PersonData(Schema):
    person_id = fields.UUID(required=True, metadata={"description": "The person."})
    name = fields.String(required=True, metadata={"description": "The name the person goes by."})
    sample = fields.Boolean(required=True, metadata={"description": "An invented person of the sample data."})
    merged_into = fields.UUID(
        allow_none=True,
        metadata={"description": "In a snapshot: the id that stands for this one since two records were merged."},
    )
    erased = fields.Boolean(metadata={"description": "In a snapshot: who it was is erased for good."})


_PERSON_EXAMPLE = {"person_id": _PERSON, "name": "测试甲", "sample": True}
person_registered = registry.event(
    "person.registered", PersonData, meaning="A person was registered.", example=_PERSON_EXAMPLE
)
person_updated = registry.event(
    "person.updated", PersonData, meaning="A person's record changed.", example=_PERSON_EXAMPLE
)


class PersonMergedData(Schema):
    person_id = fields.UUID(required=True, metadata={"description": "The id that is used no more."})
    into_id = fields.UUID(
        required=True, metadata={"description": "The same person: whatever named the old id names this one now."}
    )


class PersonErasedData(Schema):
    person_id = fields.UUID(
        required=True, metadata={"description": "Who is erased. The id stays, and says nothing about anybody."}
    )


class ErasureRequestedData(PersonErasedData):
    request_id = fields.UUID(required=True, metadata={"description": "The request; erasure.checked answers it."})


person_merged = registry.event(
    "person.merged",
    PersonMergedData,
    meaning="Two records were of one person; the last event about the old id. Answered by merge.done.",
    example={"person_id": _CHILD, "into_id": _PERSON},
)
person_erasure_requested = registry.event(
    "person.erasure-requested",
    ErasureRequestedData,
    meaning="Somebody is to be erased: what is still open there? Answered by erasure.checked.",
    example={"person_id": _PERSON, "request_id": "0192f0c1-7b6a-7000-8000-0000000000f3"},
)
person_erased = registry.event(
    "person.erased",
    PersonErasedData,
    meaning="Who the person was is erased everywhere, for good. Answered by erasure.done.",
    example={"person_id": _PERSON},
)
person_snapshot = registry.snapshot("person", PersonData, meaning="A person as they are.", example=_PERSON_EXAMPLE)


class ContactData(Schema):
    person_id = fields.UUID(required=True, metadata={"description": "The person."})
    name = fields.String(required=True, metadata={"description": "The name to write to."})
    language = fields.String(
        required=True,
        validate=validate.OneOf(["zh-Hans", "en"]),
        metadata={"description": "In which language the person is written to."},
    )
    phone = fields.String(required=True, allow_none=True, metadata={"description": "E.164."})
    email = fields.String(
        required=True, allow_none=True, metadata={"description": "An e-mail address; null when there is none."}
    )
    guardians = fields.List(
        fields.UUID(),
        required=True,
        metadata={"description": "Person ids that are written to instead; empty for who is written to directly."},
    )
    sample = fields.Boolean(
        required=True,
        metadata={"description": "An invented person of the sample data: nothing is sent outside for them."},
    )


_CONTACT_EXAMPLE = {
    "person_id": _CHILD,
    "name": "测试小乙",
    "language": "zh-Hans",
    "phone": None,
    "email": None,
    "guardians": [_PERSON],
    "sample": True,
}
contact_changed = registry.event(
    "contact.changed",
    ContactData,
    meaning="How a person is reached changed, or who is written to instead.",
    example=_CONTACT_EXAMPLE,
    exchange=CONTACTS,
)


class ContactRemovedData(Schema):
    person_id = fields.UUID(required=True, metadata={"description": "Who is not written to any more."})


contact_removed = registry.event(
    "contact.removed",
    ContactRemovedData,
    meaning="Nobody is reached under this id any more: the person was merged into another record, or erased.",
    example={"person_id": _CHILD},
    exchange=CONTACTS,
)
contact_snapshot = registry.snapshot(
    "contact",
    ContactData,
    meaning="How a person is reached.",
    example=_CONTACT_EXAMPLE,
    exchange=CONTACTS,
)


class MembershipData(Schema):
    membership_id = fields.UUID(
        required=True, metadata={"description": "The membership: one person, one organisation, one role, one period."}
    )
    person_id = fields.UUID(required=True, metadata={"description": "Who belongs to it."})
    organisation_id = fields.UUID(required=True, metadata={"description": "Where they belong."})
    body = _body()
    role = fields.String(required=True, metadata={"description": "As what, e.g. member, secretary, volunteer."})
    start_on = fields.Date(required=True, metadata={"description": "The first day on which it holds."})
    end_on = fields.Date(
        required=True, allow_none=True, metadata={"description": "The first day on which it no longer holds."}
    )


_MEMBERSHIP_EXAMPLE = {
    "membership_id": "0192f0c1-7b6a-7000-8000-0000000000b1",
    "person_id": _PERSON,
    "organisation_id": _ORGANISATION,
    "body": "party",
    "role": "member",
    "start_on": "2026-03-01",
    "end_on": None,
}
membership_started = registry.event(
    "membership.started",
    MembershipData,
    meaning="A person holds a role in an organisation from a day on.",
    example=_MEMBERSHIP_EXAMPLE,
)
membership_ended = registry.event(
    "membership.ended",
    MembershipData,
    meaning="The day on which a membership no longer holds was set.",
    example={**_MEMBERSHIP_EXAMPLE, "end_on": "2026-09-01"},
)


class MembershipMergedData(Schema):
    membership_id = fields.UUID(required=True, metadata={"description": "The membership that was entered twice."})
    into_id = fields.UUID(required=True, metadata={"description": "The one that says the same and stays."})
    person_id = fields.UUID(required=True, metadata={"description": "Whose it is."})


membership_merged = registry.event(
    "membership.merged",
    MembershipMergedData,
    meaning="Two records of one person held the same role at the same time; this membership is there no more.",
    example={
        "membership_id": "0192f0c1-7b6a-7000-8000-0000000000b2",
        "into_id": "0192f0c1-7b6a-7000-8000-0000000000b1",
        "person_id": _PERSON,
    },
)
membership_snapshot = registry.snapshot(
    "membership", MembershipData, meaning="A membership as it is.", example=_MEMBERSHIP_EXAMPLE
)


class OrganisationData(Schema):
    organisation_id = fields.UUID(required=True, metadata={"description": "The organisation."})
    parent_id = fields.UUID(
        required=True, allow_none=True, metadata={"description": "The one above it; null for a root."}
    )
    kind = fields.String(
        required=True, metadata={"description": "What it is, e.g. party-branch, union-committee, enterprise, station."}
    )
    body = _body()
    name_zh = fields.String(required=True, metadata={"description": "Name in Chinese."})
    name_en = fields.String(required=True, metadata={"description": "Name in English."})
    active = fields.Boolean(required=True, metadata={"description": "False once it was closed."})


_ORGANISATION_EXAMPLE = {
    "organisation_id": _ORGANISATION,
    "parent_id": None,
    "kind": "party-branch",
    "body": "party",
    "name_zh": "第一党支部",
    "name_en": "First Party branch",
    "active": True,
}
organisation_changed = registry.event(
    "organisation.changed",
    OrganisationData,
    meaning="An organisation was founded, renamed, moved or closed.",
    example=_ORGANISATION_EXAMPLE,
)
organisation_snapshot = registry.snapshot(
    "organisation", OrganisationData, meaning="An organisation as it is.", example=_ORGANISATION_EXAMPLE
)


class HouseholdData(Schema):
    household_id = fields.UUID(required=True, metadata={"description": "The household."})
    member_ids = fields.List(
        fields.UUID(), required=True, metadata={"description": "Everybody who lives there, as person ids."}
    )


_HOUSEHOLD_EXAMPLE = {"household_id": "0192f0c1-7b6a-7000-8000-0000000000c1", "member_ids": [_PERSON, _CHILD]}
household_changed = registry.event(
    "household.changed", HouseholdData, meaning="Who lives in a household changed.", example=_HOUSEHOLD_EXAMPLE
)
household_snapshot = registry.snapshot(
    "household", HouseholdData, meaning="Who lives in a household.", example=_HOUSEHOLD_EXAMPLE
)


class StaffData(Schema):
    account_id = fields.UUID(required=True, metadata={"description": "The subject (sub) of this person's ID tokens."})
    issuer = fields.String(required=True, metadata={"description": "The provider's address (iss)."})
    username = fields.String(required=True, metadata={"description": "What they sign in with."})
    name = fields.String(required=True, metadata={"description": "What colleagues call them."})
    active = fields.Boolean(required=True, metadata={"description": "False when the account was deactivated."})


staff_changed = registry.event(
    "staff.changed",
    StaffData,
    meaning="A member of staff can sign in from now on, is called otherwise, or cannot sign in any more.",
    example={
        "account_id": "0192f0c1-7b6a-7000-8000-0000000000f1",
        "issuer": "https://membership.centre.example",
        "username": "reception",
        "name": "服务台",
        "active": True,
    },
)
staff_snapshot = registry.snapshot(
    "staff",
    StaffData,
    meaning="A member of staff as they are.",
    example={
        "account_id": "0192f0c1-7b6a-7000-8000-0000000000f1",
        "issuer": "https://membership.centre.example",
        "username": "reception",
        "name": "服务台",
        "active": True,
    },
)
