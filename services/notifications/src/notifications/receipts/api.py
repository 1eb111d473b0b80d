"""``POST /api/v1/receipts/<provider>`` and ``POST /api/v1/bounces``: called by gateways and mail servers."""

from typing import Any

from flask import request
from flask.views import MethodView
from marshmallow import Schema, ValidationError, fields

from notifications.receipts.bounces import take_bounce
from notifications.receipts.commands import signature, take_receipts
from notifications.receipts.reading import is_authentic, read_batch, same_text, thanks
from notifications.replies.commands import take_replies
from notifications.sending.settings import SendingSettings
from shared.refusal import NotFound, Refused
from shared.texts import N_
from shared.web import ApiBlueprint, called_by_programs, runtime, unit_of_work

LARGEST_BATCH = 1000
LARGEST_BOUNCE = 2_000_000  # bytes
blueprint = ApiBlueprint(
    "receipts", __name__, url_prefix="/api/v1/receipts", description="Delivery receipts of SMS gateways."
)
bounces_blueprint = ApiBlueprint("bounces", __name__, url_prefix="/api/v1/bounces", description="Mails that came back.")


class Taken(Schema):
    """How many receipts and answers said something new; vendors are answered in their own words."""

    new = fields.Integer(metadata={"description": "Generic gateways."})
    code = fields.Integer(metadata={"description": "Aliyun: 0."})
    msg = fields.String(metadata={"description": "Aliyun: OK."})
    result = fields.Integer(metadata={"description": "Tencent: 0."})
    errmsg = fields.String(metadata={"description": "Tencent: OK."})


def _forged() -> Refused:
    return Refused("receipt-forged", N_("The signature does not fit the receipt."), status=403)


@blueprint.route("/<string:provider>")
class Receipts(MethodView):
    @called_by_programs
    @blueprint.response(200, Taken)
    def post(self, provider: str) -> dict[str, Any]:
        """Take a batch of receipts, and of what people answered (a JSON list).

        Generic gateways sign it in X-Yizhan-Signature (HMAC-SHA256 of the body, hex). Aliyun and Tencent are known
        by ``?key=`` in the address that they were given, or by their networks.
        """
        settings = SendingSettings.of(runtime().settings)
        known = settings.provider(provider)
        if known is None:
            raise NotFound("provider")
        authentic = is_authentic(
            known,
            settings.receipt_key,
            request.get_data(),
            signed=request.headers.get("X-Yizhan-Signature", ""),
            secret=request.args.get("key", ""),
            address=request.remote_addr,
        )
        if not authentic:
            raise _forged()
        items = request.get_json(silent=True) or []
        if isinstance(items, list) and len(items) > LARGEST_BATCH:
            raise Refused("batch-too-large", N_("At most %(most)s receipts at once."), status=413, most=LARGEST_BATCH)
        try:
            receipts, replies = read_batch(known.kind, items)
        except ValidationError as error:
            raise Refused("receipt-malformed", N_("This is not a list of receipts."), status=422) from error
        with unit_of_work() as work:
            new = take_receipts(work, provider, receipts) + take_replies(work, provider, replies)
            return thanks(known.kind, new)


class BounceTaken(Schema):
    """What was made of it."""

    outcome = fields.String(metadata={"description": "permanent, temporary, or none when it is no bounce of ours."})


@bounces_blueprint.route("")
class Bounces(MethodView):
    @called_by_programs
    @bounces_blueprint.response(200, BounceTaken)
    def post(self) -> dict[str, str]:
        """Take a mail that came back, as it arrived (message/rfc822), signed like receipts."""
        settings = SendingSettings.of(runtime().settings)
        body = request.get_data()
        if not same_text(request.headers.get("X-Yizhan-Signature", ""), signature(settings.receipt_key, body)):
            raise _forged()
        if len(body) > LARGEST_BOUNCE:
            raise Refused("bounce-too-large", N_("This mail is too large to be a bounce."), status=413)
        with unit_of_work() as work:
            return {"outcome": take_bounce(work, body, settings.bounces_to)}
