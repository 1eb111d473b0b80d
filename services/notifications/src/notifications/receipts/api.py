"""``POST /api/v1/receipts/<provider>``: called by gateways, known by their signature."""

import hmac
from typing import Any

from flask import request
from flask.views import MethodView
from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from notifications.receipts.commands import signature, take_receipts
from notifications.sending.settings import SendingSettings
from shared.refusal import NotFound, Refused
from shared.texts import N_
from shared.web import ApiBlueprint, called_by_programs, runtime, unit_of_work

LARGEST_BATCH = 1000
blueprint = ApiBlueprint(
    "receipts", __name__, url_prefix="/api/v1/receipts", description="Delivery receipts of SMS gateways."
)


class ReceiptIn(Schema):
    """One receipt; what else a gateway says is passed over."""

    class Meta:
        unknown = EXCLUDE

    id = fields.UUID(required=True, metadata={"description": "Our own id of the message."})
    state = fields.String(
        required=True,
        validate=validate.Length(1, 40),
        metadata={"description": "delivered, undelivered, or a state on the way that is passed over."},
    )


class Taken(Schema):
    """How many receipts said something new."""

    new = fields.Integer(required=True)


@blueprint.route("/<string:provider>")
class Receipts(MethodView):
    @called_by_programs
    @blueprint.response(200, Taken)
    def post(self, provider: str) -> dict[str, Any]:
        """Take a batch of receipts (a JSON list), signed in X-Yizhan-Signature (HMAC-SHA256 of the body, hex)."""
        settings = SendingSettings.of(runtime().settings)
        if provider not in {known.name for known in settings.sms_providers}:
            raise NotFound("provider")
        body = request.get_data()
        given = request.headers.get("X-Yizhan-Signature", "")
        if not hmac.compare_digest(given.encode(), signature(settings.receipt_key, body).encode()):
            raise Refused("receipt-forged", N_("The signature does not fit the receipt."), status=403)
        try:
            items = ReceiptIn(many=True).load(request.get_json(silent=True) or [])
        except ValidationError as error:
            raise Refused("receipt-malformed", N_("This is not a list of receipts."), status=422) from error
        if len(items) > LARGEST_BATCH:
            raise Refused("batch-too-large", N_("At most %(most)s receipts at once."), status=413, most=LARGEST_BATCH)
        with unit_of_work() as work:
            return {"new": take_receipts(work, provider, items)}
