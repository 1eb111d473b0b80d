"""What the roster's API takes and says."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from facilities.roster.roles import ROLES
from facilities.roster.rules import MOST_PEOPLE
from shared.principal import BODIES
from shared.web import Input, PageQuery


def _described(text: str) -> dict[str, str]:
    return {"description": text}


class DutyOut(Schema):
    id = fields.UUID()
    shift_id = fields.UUID()
    person_id = fields.UUID()
    role = fields.String()
    state = fields.String(metadata=_described("assigned or released."))
    reason = fields.String(allow_none=True, metadata=_described("Why it ended: gave-up, swapped, removed, …"))
    starts_at = fields.AwareDateTime()
    ends_at = fields.AwareDateTime()
    made_at = fields.AwareDateTime()
    ended_at = fields.AwareDateTime(allow_none=True)


class ShiftOut(Schema):
    id = fields.UUID()
    title_zh = fields.String()
    title_en = fields.String()
    resource_id = fields.UUID(allow_none=True)
    place_zh = fields.Function(lambda shift: None if shift.place is None else str.__str__(shift.place))
    place_en = fields.Function(lambda shift: None if shift.place is None else shift.place.en)
    starts_at = fields.AwareDateTime()
    ends_at = fields.AwareDateTime(metadata=_described("Half-open: the end belongs to the next one."))
    body = fields.String()
    state = fields.String(metadata=_described("planned or cancelled."))
    needs = fields.Function(lambda shift: [{"role": role, "people": people} for role, people in shift.wanted.items()])
    missing = fields.Integer(metadata=_described("How many people it lacks."))
    duties = fields.List(fields.Nested(DutyOut), attribute="on_duty", metadata=_described("Who is on duty now."))
    series_id = fields.UUID(allow_none=True)
    reason = fields.String(allow_none=True, metadata=_described("Why it was cancelled."))
    version = fields.Integer()


class NeedIn(Input):
    role = fields.String(required=True, validate=validate.OneOf(tuple(ROLES)))
    people = fields.Integer(load_default=1, validate=validate.Range(1, MOST_PEOPLE))


class _What(Input):
    """What a shift is like, times left out."""

    title_zh = fields.String(load_default="", validate=validate.Length(max=120))
    title_en = fields.String(load_default="", validate=validate.Length(max=120))
    resource_id = fields.UUID(load_default=None, allow_none=True, metadata=_described("The room, or none."))
    place_zh = fields.String(load_default="", validate=validate.Length(max=120))
    place_en = fields.String(load_default="", validate=validate.Length(max=120))
    body = fields.String(required=True, validate=validate.OneOf(BODIES))
    needs = fields.List(fields.Nested(NeedIn), required=True, validate=validate.Length(1, 20))

    @validates_schema
    def each_once(self, data: dict[str, Any], **_: Any) -> None:
        roles = [need["role"] for need in data.get("needs", ())]
        if len(set(roles)) < len(roles):
            raise ValidationError("Name each role once.", "needs")


class ShiftIn(_What):
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)


class TurnIn(Input):
    role = fields.String(required=True, validate=validate.OneOf(tuple(ROLES)))
    person_ids = fields.List(fields.UUID(), required=True, validate=validate.Length(1, 100))


class SeriesIn(_What):
    first_day = fields.Date(required=True)
    weeks = fields.Integer(required=True, validate=validate.Range(1, 52))
    weekdays = fields.List(
        fields.Integer(validate=validate.Range(0, 6)),
        required=True,
        validate=validate.Length(1, 7),
        metadata=_described("0 is Monday."),
    )
    starts = fields.Time(required=True, metadata=_described("On the centre's wall clock."))
    ends = fields.Time(required=True, metadata=_described("Not later than the start: on the next day."))
    turns = fields.List(fields.Nested(TurnIn), load_default=list, metadata=_described("Who is in turn, by role."))
    skip_conflicts = fields.Boolean(
        load_default=False, metadata=_described("Store the rest; the answer lists what was skipped.")
    )


class SkippedOut(Schema):
    starts_at = fields.String()
    role = fields.String(allow_none=True)
    person_id = fields.UUID(allow_none=True)
    codes = fields.List(fields.String())


class SeriesOut(Schema):
    id = fields.UUID()
    skipped = fields.List(fields.Nested(SkippedOut))
    made_at = fields.AwareDateTime()


class SeatIn(Input):
    role = fields.String(required=True, validate=validate.OneOf(tuple(ROLES)))
    person_id = fields.UUID(load_default=None, allow_none=True, metadata=_described("Left out: oneself."))


class SwapIn(Input):
    duty_id = fields.UUID(required=True, metadata=_described("The duty to be taken over, in this shift."))
    to_person_id = fields.UUID(required=True)
    for_duty_id = fields.UUID(load_default=None, allow_none=True, metadata=_described("A duty of theirs in exchange."))


class SwapOut(Schema):
    id = fields.UUID()
    duty_id = fields.UUID()
    to_person_id = fields.UUID()
    for_duty_id = fields.UUID(allow_none=True)
    state = fields.String(metadata=_described("asked, done, declined or withdrawn."))
    giver_agreed_at = fields.AwareDateTime()
    taker_agreed_at = fields.AwareDateTime(allow_none=True)
    ended_at = fields.AwareDateTime(allow_none=True)


class ShiftQuery(PageQuery):
    state = fields.String(load_default=None, validate=validate.OneOf(("planned", "cancelled")))
    body = fields.String(load_default=None, validate=validate.OneOf(BODIES))
    starts_at = fields.AwareDateTime(load_default=None, metadata=_described("Only those that end after this."))
    ends_at = fields.AwareDateTime(load_default=None, metadata=_described("Only those that start before this."))
    lacking = fields.Boolean(load_default=None, metadata=_described("Only those that lack people."))
    series_id = fields.UUID(load_default=None)


class SpanQuery(Input):
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    body = fields.String(load_default=None, validate=validate.OneOf(BODIES))


class FillSeat(Input):
    shift_id = fields.UUID(required=True)
    role = fields.String(required=True, validate=validate.OneOf(tuple(ROLES)))
    person_id = fields.UUID(required=True)


class FillIn(Input):
    seats = fields.List(fields.Nested(FillSeat), required=True, validate=validate.Length(1, 200))


class BurdenOut(Schema):
    hours = fields.Function(lambda burden: float(burden.hours))
    nights = fields.Integer()
    weekends = fields.Integer()


class LedgerOut(Schema):
    person_id = fields.UUID()
    before = fields.Nested(BurdenOut)
    after = fields.Nested(BurdenOut)


class ProposedOut(Schema):
    shift_id = fields.UUID()
    role = fields.String()
    person_id = fields.UUID(allow_none=True, metadata=_described("Null where nobody keeps the rules."))


class ProposalOut(Schema):
    seats = fields.List(fields.Nested(ProposedOut))
    ledger = fields.List(fields.Nested(LedgerOut))


class MemberOut(Schema):
    person_id = fields.UUID()
    roles = fields.List(fields.String())
    active = fields.Boolean()
    since = fields.AwareDateTime()
    version = fields.Integer()


class MemberIn(Input):
    roles = fields.List(
        fields.String(validate=validate.OneOf(tuple(ROLES))), required=True, validate=validate.Length(1, 20)
    )
    active = fields.Boolean(load_default=True)
