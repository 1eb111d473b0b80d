"""Broadcasts on the wire."""

from typing import Any

from marshmallow import Schema, fields, validate

from notifications.broadcasts.models import Broadcast
from notifications.broadcasts.rules import AUDIENCES, CATEGORIES, LONGEST, SHORTEST, STATES
from notifications.messages.rules import CHANNELS
from notifications.preferences.rules import ANNOUNCEMENTS
from notifications.providers.rules import yuan
from notifications.wording.values import LANGUAGES
from shared.money import yuan_text
from shared.principal import BODIES
from shared.web import Input, PageQuery


class AudienceIn(Input):
    """Who is to get it."""

    kind = fields.String(required=True, validate=validate.OneOf(AUDIENCES))
    organisation_id = fields.UUID(metadata={"description": "Members of this organisation today."})
    below = fields.Boolean(metadata={"description": "Also of those below it."})
    activity_id = fields.UUID(metadata={"description": "Those who are registered for this activity."})
    waiting = fields.Boolean(metadata={"description": "Also those on its waiting list."})
    shift_id = fields.UUID(metadata={"description": "Those on duty in this shift."})
    person_ids = fields.List(fields.UUID(), metadata={"description": "Just these people."})


class TextIn(Input):
    """An own text in one language; placeholders are ((name)) and ((who))."""

    sms = fields.String(metadata={"description": "What the SMS says after the signature."})
    subject = fields.String(metadata={"description": "Subject of the e-mail."})
    email = fields.String(metadata={"description": "What the e-mail says."})


class TextsIn(Input):
    """Chinese is needed; who reads English gets Chinese where there is none."""

    zh_Hans = fields.Nested(TextIn, data_key="zh-Hans")
    en = fields.Nested(TextIn)


class BilingualIn(Input):
    zh = fields.String(required=True)
    en = fields.String(load_default="")


class BroadcastChange(Input):
    """A draft: own texts, or a template and what goes into it."""

    title = fields.String(required=True, metadata={"description": "For staff; recipients do not see it."})
    audience = fields.Nested(AudienceIn, required=True)
    channels = fields.List(fields.String(validate=validate.OneOf(CHANNELS)), required=True)
    category = fields.String(
        load_default=ANNOUNCEMENTS,
        validate=validate.OneOf(CATEGORIES),
        metadata={"description": "affairs reaches those of an activity or a shift who switched announcements off."},
    )
    kept_hours = fields.Integer(
        load_default=72,
        validate=validate.Range(SHORTEST, LONGEST),
        metadata={"description": "For how many hours a message is worth sending."},
    )
    template = fields.String(allow_none=True, load_default=None, metadata={"description": "Key of a template."})
    values = fields.Dict(
        keys=fields.String(),
        values=fields.Nested(BilingualIn),
        load_default=dict,
        metadata={"description": "What goes into the template, by placeholder."},
    )
    texts = fields.Nested(TextsIn, load_default=dict, metadata={"description": "Own texts by language."})


class BroadcastIn(BroadcastChange):
    """A new draft."""

    body = fields.String(required=True, validate=validate.OneOf(BODIES), metadata={"description": "Whose it is."})


class DecisionIn(Input):
    people = fields.Integer(
        load_default=None, metadata={"description": "The number that was shown; refused when it is another one by now."}
    )


class ReasonIn(Input):
    reason = fields.String(required=True, metadata={"description": "Why."})


class BroadcastOut(Schema):
    """A broadcast. People, segments and cost are those of its frozen list, or of when it was handed in."""

    id = fields.UUID()
    body = fields.String()
    title = fields.String()
    audience = fields.Dict()
    channels = fields.List(fields.String())
    category = fields.String()
    kept_hours = fields.Integer()
    template = fields.String(attribute="template_key", allow_none=True)
    values = fields.Dict()
    texts = fields.Dict()
    state = fields.String(validate=validate.OneOf(STATES))
    reason = fields.String(allow_none=True)
    needs_approval = fields.Boolean()
    people = fields.Integer(allow_none=True)
    reached = fields.Integer(allow_none=True)
    segments = fields.Integer(allow_none=True)
    cost = fields.Method("yuan", metadata={"description": "Estimated yuan."})
    author = fields.String()
    created_at = fields.AwareDateTime()
    handed_in_at = fields.AwareDateTime(allow_none=True)
    handed_in_by = fields.String(allow_none=True)
    approved_by = fields.String(allow_none=True)
    approved_at = fields.AwareDateTime(allow_none=True)
    ended_at = fields.AwareDateTime(allow_none=True)
    version = fields.Integer()

    def yuan(self, broadcast: Broadcast) -> str | None:
        return None if broadcast.cost is None else yuan_text(yuan(broadcast.cost))


class SampleOut(Schema):
    channel = fields.String()
    subject = fields.String()
    text = fields.String()


class EstimateOut(Schema):
    """What it would come to just now."""

    people = fields.Integer(metadata={"description": "In the audience."})
    reached = fields.Integer(metadata={"description": "Of whom would be written to."})
    left_out = fields.Dict(metadata={"description": "The others, by reason."})
    messages = fields.Dict(metadata={"description": "By channel."})
    segments = fields.Integer()
    cost = fields.String(metadata={"description": "Yuan."})
    needs_approval = fields.Boolean()
    sample = fields.List(fields.Nested(SampleOut), metadata={"description": "As one real recipient would read it."})


class ProgressOut(Schema):
    """What became of it: accepted = the sum of the states."""

    people = fields.Integer()
    left_out = fields.Dict()
    to_be_made = fields.Integer(metadata={"description": "On the list, and no message was made yet."})
    accepted = fields.Integer()
    states = fields.Dict()
    holds = fields.Boolean()


class ToldMessageOut(Schema):
    id = fields.UUID()
    channel = fields.String()
    state = fields.String()
    reason = fields.String(allow_none=True)
    delivery = fields.String(allow_none=True)
    finished_at = fields.AwareDateTime(allow_none=True)


class ToldOut(Schema):
    """One person of the list. Telephone numbers and e-mail addresses are not shown here."""

    person_id = fields.UUID(attribute="recipient.person_id")
    about_id = fields.UUID(attribute="recipient.about_id", metadata={"description": "The child, for guardians."})
    reason = fields.String(allow_none=True, metadata={"description": "Why nothing was sent."})
    messages = fields.List(fields.Nested(ToldMessageOut))


class BroadcastQuery(PageQuery):
    body = fields.String(load_default=None, validate=validate.OneOf(BODIES))
    state = fields.String(load_default=None, validate=validate.OneOf(STATES))


class RecipientQuery(PageQuery):
    left_out = fields.Boolean(load_default=None, metadata={"description": "Only those who were, or were not."})


def plan_of(data: dict[str, Any]) -> dict[str, Any]:
    """What the commands take."""
    texts = {language: data["texts"].get(language.replace("-", "_")) or {} for language in LANGUAGES}
    names = ("title", "audience", "channels", "category", "kept_hours", "values")
    return {**{name: data[name] for name in names}, "template_key": data["template"], "texts": texts}
