"""Membership: contact details, names of organisations, and who joined or left what."""

from datetime import timedelta

from marshmallow import EXCLUDE, Schema, fields, validate

from notifications.audiences.commands import forget_membership, take_membership
from notifications.audiences.leaving import leave_audiences
from notifications.contacts.commands import take_contact, take_organisation
from notifications.contacts.models import Organisation
from notifications.former_people.moving import erase, move, remove_contact, still_open
from notifications.messages.announcements import Rehearsal
from notifications.messages.fan_out import announce
from notifications.published import ANSWERS
from notifications.wording.values import LANGUAGES, bilingual
from shared.database import UnitOfWork
from shared.former_people import PersonRules, follow_people, is_former
from shared.inbox import Reactions, ReceivedEvent
from shared.staff.openid.reaction import follow_staff

PEOPLE = PersonRules(move, erase, still_open)
reactions = Reactions("membership")
follow_staff(reactions)
follow_people(reactions, PEOPLE, ANSWERS)
contacts = Reactions("membership", queue="membership-contacts", exchange="membership.contacts")

_BODIES = {
    "party": bilingual("党建", "Party-building office"),
    "union": bilingual("工会", "Trade union"),
    "league": bilingual("团委", "Communist Youth League"),
    "women": bilingual("妇联", "Women's federation"),
}


class ContactNeeds(Schema):
    class Meta:
        unknown = EXCLUDE

    person_id = fields.UUID(required=True)
    name = fields.String(required=True)
    language = fields.String(required=True, validate=validate.OneOf(LANGUAGES))
    phone = fields.String(load_default=None, allow_none=True)
    email = fields.String(load_default=None, allow_none=True)
    guardians = fields.List(fields.UUID(), load_default=list)
    sample = fields.Boolean(load_default=False)


class ContactRemovedNeeds(Schema):
    class Meta:
        unknown = EXCLUDE

    person_id = fields.UUID(required=True)


class OrganisationNeeds(Schema):
    class Meta:
        unknown = EXCLUDE

    organisation_id = fields.UUID(required=True)
    name_zh = fields.String(required=True)
    name_en = fields.String(required=True)
    parent_id = fields.UUID(load_default=None, allow_none=True)
    body = fields.String(load_default=None, allow_none=True)
    active = fields.Boolean(load_default=True)


class MembershipMergedNeeds(Schema):
    class Meta:
        unknown = EXCLUDE

    membership_id = fields.UUID(required=True)


class MembershipNeeds(Schema):
    class Meta:
        unknown = EXCLUDE

    person_id = fields.UUID(required=True)
    organisation_id = fields.UUID(required=True)
    body = fields.String(load_default=None, allow_none=True)
    start_on = fields.Date(required=True)
    end_on = fields.Date(load_default=None, allow_none=True)


@contacts.on("contact.changed", needs=ContactNeeds)
@contacts.on("contact.snapshot", needs=ContactNeeds)
def contact_changed(work: UnitOfWork, event: ReceivedEvent) -> None:
    """What comes late of somebody who was merged or erased meanwhile brings no address back."""
    if not is_former(work.session, event.data["person_id"]):
        take_contact(work, event.data)


@contacts.on("contact.removed", needs=ContactRemovedNeeds)
def contact_removed(work: UnitOfWork, event: ReceivedEvent) -> None:
    remove_contact(work, event.data["person_id"])


@reactions.on("organisation.changed", needs=OrganisationNeeds)
@reactions.on("organisation.snapshot", needs=OrganisationNeeds)
def organisation_changed(work: UnitOfWork, event: ReceivedEvent) -> None:
    take_organisation(work, event.data)


@reactions.on("membership.snapshot", needs=MembershipNeeds)
def membership_known(work: UnitOfWork, event: ReceivedEvent) -> None:
    take_membership(work, event.subject_id, event.data)


@reactions.on("membership.merged", needs=MembershipMergedNeeds)
def membership_merged(work: UnitOfWork, event: ReceivedEvent) -> None:
    """One of two that said the same is there no more; that is no news to anybody."""
    forget_membership(work, event.data["membership_id"])


@reactions.on("membership.started", needs=MembershipNeeds)
@reactions.on("membership.ended", needs=MembershipNeeds)
def membership_changed(work: UnitOfWork, event: ReceivedEvent) -> None:
    """A membership that began or ended more than two days ago is a record that was caught up with: no news."""
    data = event.data
    take_membership(work, event.subject_id, data)
    day = data["end_on"] if event.name == "membership.ended" and data["end_on"] else data["start_on"]
    organisation = work.session.get(Organisation, data["organisation_id"])
    announce(
        work,
        event,
        [data["person_id"]],
        facts={
            "organisation": bilingual(organisation.name_zh, organisation.name_en) if organisation else None,
            "body_name": _BODIES.get(data["body"]),
            "day": {"day": day.isoformat()},
        },
        held_back="past" if day < (work.now - timedelta(days=2)).date() else None,
        body=data["body"],
    )
    if event.name == "membership.ended" and not isinstance(work, Rehearsal):
        leave_audiences(work, data["person_id"])
