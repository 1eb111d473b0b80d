"""What membership publishes about Party affairs: the way into the Party, dues, transfers, floating members."""

from marshmallow import Schema, fields

from membership.published import registry

_FILE = "0192f0c1-7b6a-7000-8000-0000000000f1"
_PERSON = "0192f0c1-7b6a-7000-8000-000000000001"
_BRANCH = "0192f0c1-7b6a-7000-8000-0000000000a1"


class StageData(Schema):
    file_id = fields.UUID(required=True, metadata={"description": "The development file."})
    person_id = fields.UUID(required=True, metadata={"description": "Whose file it is."})
    organisation_id = fields.UUID(required=True, metadata={"description": "The branch that keeps it."})
    stage = fields.String(
        required=True, metadata={"description": "applicant, activist, target, probationary or full; closed at the end."}
    )
    reached_on = fields.Date(
        required=True, metadata={"description": "The day of the step; it may lie before the event."}
    )
    rule_pack = fields.String(required=True, metadata={"description": "The version of the rules that judged the step."})


_STAGE = {
    "file_id": _FILE,
    "person_id": _PERSON,
    "organisation_id": _BRANCH,
    "stage": "activist",
    "reached_on": "2026-03-01",
    "rule_pack": "2014",
}
stage_reached = registry.event(
    "development.stage-reached",
    StageData,
    meaning="Somebody reached another stage on the way into the Party, or the file was closed.",
    example=_STAGE,
)
development_snapshot = registry.snapshot(
    "development", StageData, meaning="The stage a file has reached.", example=_STAGE
)


class ReviewDueData(Schema):
    file_id = fields.UUID(required=True, metadata={"description": "The development file."})
    person_id = fields.UUID(required=True, metadata={"description": "Whose file it is."})
    organisation_id = fields.UUID(required=True, metadata={"description": "The branch that keeps it."})
    due = fields.String(
        required=True,
        metadata={
            "description": "review, talk, publicity-ending, branch-meeting, approval, probation-ending or "
            "conversion-approval."
        },
    )
    due_on = fields.Date(required=True, metadata={"description": "The last day for it."})
    helpers = fields.List(
        fields.UUID(), required=True, metadata={"description": "Contact persons or introducers who take care of it."}
    )


review_due = registry.event(
    "development.review-due",
    ReviewDueData,
    meaning="Something in a development file falls due soon.",
    example={
        "file_id": _FILE,
        "person_id": _PERSON,
        "organisation_id": _BRANCH,
        "due": "review",
        "due_on": "2026-09-01",
        "helpers": [],
    },
)


class DuesData(Schema):
    assessment_id = fields.UUID(
        required=True, metadata={"description": "What was assessed for one person and one month."}
    )
    person_id = fields.UUID(required=True, metadata={"description": "Who pays."})
    organisation_id = fields.UUID(required=True, metadata={"description": "The branch that collects."})
    month = fields.String(required=True, metadata={"description": "``2026-11``."})
    amount = fields.String(required=True, metadata={"description": "Yuan with two decimals."})
    due_on = fields.Date(required=True, metadata={"description": "The last day for it."})
    paid_on = fields.Date(required=True, allow_none=True, metadata={"description": "When nothing was open any more."})


_DUES = {
    "assessment_id": "0192f0c1-7b6a-7000-8000-0000000000d1",
    "person_id": _PERSON,
    "organisation_id": _BRANCH,
    "month": "2026-11",
    "amount": "25.00",
    "due_on": "2026-11-30",
    "paid_on": None,
}
dues_due = registry.event(
    "dues.due", DuesData, meaning="A member's dues of a month were assessed and are to be paid.", example=_DUES
)
dues_paid = registry.event(
    "dues.paid",
    DuesData,
    meaning="Nothing of a member's month is open any more.",
    example={**_DUES, "paid_on": "2026-11-12"},
)
dues_reversed = registry.event(
    "dues.reversed",
    DuesData,
    meaning="A payment was entered wrongly and taken back: what it had settled of this month is open again.",
    example=_DUES,
)
dues_snapshot = registry.snapshot("dues", DuesData, meaning="A member's dues of a month.", example=_DUES)


class TransferData(Schema):
    transfer_id = fields.UUID(required=True, metadata={"description": "The transfer."})
    person_id = fields.UUID(required=True, metadata={"description": "Who moves."})
    from_organisation_id = fields.UUID(
        required=True, allow_none=True, metadata={"description": "Null: a branch that this service does not keep."}
    )
    to_organisation_id = fields.UUID(
        required=True,
        allow_none=True,
        metadata={"description": "Who takes them in; null: a branch that this service does not keep."},
    )
    role = fields.String(required=True, metadata={"description": "What they are in it, e.g. member."})
    state = fields.String(required=True, metadata={"description": "requested, accepted, returned or withdrawn."})
    requested_on = fields.Date(required=True, metadata={"description": "The day on which it was asked for."})
    valid_until = fields.Date(required=True, metadata={"description": "The letter's last day."})
    accepted_on = fields.Date(
        required=True,
        allow_none=True,
        metadata={"description": "The day on which they were taken in; null until then."},
    )


_TRANSFER = {
    "transfer_id": "0192f0c1-7b6a-7000-8000-0000000000e1",
    "person_id": _PERSON,
    "from_organisation_id": _BRANCH,
    "to_organisation_id": None,
    "role": "member",
    "state": "requested",
    "requested_on": "2026-11-02",
    "valid_until": "2027-02-02",
    "accepted_on": None,
}
transfer_requested = registry.event(
    "transfer.requested", TransferData, meaning="A member is to move to another branch.", example=_TRANSFER
)
transfer_accepted = registry.event(
    "transfer.accepted",
    TransferData,
    meaning="The new branch took the member over.",
    example={**_TRANSFER, "state": "accepted", "accepted_on": "2026-11-20"},
)
transfer_returned = registry.event(
    "transfer.returned",
    TransferData,
    meaning="The letter came back or was withdrawn; the member stays.",
    example={**_TRANSFER, "state": "returned"},
)
transfer_snapshot = registry.snapshot("transfer", TransferData, meaning="A transfer as it is.", example=_TRANSFER)


class FloatingData(Schema):
    floating_id = fields.UUID(required=True, metadata={"description": "The registration of a floating member."})
    person_id = fields.UUID(required=True, metadata={"description": "Who is away from home."})
    home_organisation_id = fields.UUID(
        required=True, allow_none=True, metadata={"description": "Where the member belongs; null: elsewhere."}
    )
    host_organisation_id = fields.UUID(
        required=True, allow_none=True, metadata={"description": "Where the member takes part; null: elsewhere."}
    )
    started_on = fields.Date(required=True, metadata={"description": "The first day of it."})
    ended_on = fields.Date(
        required=True, allow_none=True, metadata={"description": "The day on which it ended; null while it goes on."}
    )


_FLOATING = {
    "floating_id": "0192f0c1-7b6a-7000-8000-0000000000e2",
    "person_id": _PERSON,
    "home_organisation_id": None,
    "host_organisation_id": _BRANCH,
    "started_on": "2026-03-01",
    "ended_on": None,
}
floating_registered = registry.event(
    "floating.registered", FloatingData, meaning="A member lives away from the own branch.", example=_FLOATING
)
floating_confirmed = registry.event(
    "floating.confirmed",
    FloatingData,
    meaning="The other end registered the floating member, too.",
    example=_FLOATING,
)
floating_closed = registry.event(
    "floating.closed",
    FloatingData,
    meaning="A member is back, or moved altogether.",
    example={**_FLOATING, "ended_on": "2026-11-01"},
)
floating_snapshot = registry.snapshot(
    "floating", FloatingData, meaning="A member away from the own branch.", example=_FLOATING
)
