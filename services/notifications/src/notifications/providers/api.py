"""Providers over HTTP: which of them are in use, and what is wrong with the others. Never how they are reached."""

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from notifications.messages.rules import CHANNELS
from notifications.providers.queries import ProviderState, get_provider, provider_states
from notifications.providers.rules import CIRCUITS
from notifications.sending.settings import SendingSettings
from notifications.sending.spending import month_of
from shared.web import ApiBlueprint, reading, requires, runtime

blueprint = ApiBlueprint(
    "providers", __name__, url_prefix="/api/v1/providers", description="The gateways and mail servers that send."
)


class ProviderOut(Schema):
    name = fields.String()
    channel = fields.String(validate=validate.OneOf(CHANNELS))
    kind = fields.String(metadata={"description": "What it speaks: smtp, or the kind of the SMS gateway."})
    circuit = fields.String(
        validate=validate.OneOf(CIRCUITS),
        metadata={"description": "closed: in use; open: left alone; probing: one message sees whether it is back."},
    )
    last_failure = fields.String(
        allow_none=True, metadata={"description": "What kind of failure was the last one, as messages name it."}
    )
    waiting_until = fields.AwareDateTime(allow_none=True, metadata={"description": "When it is tried again."})


class ProviderList(Schema):
    items = fields.List(fields.Nested(ProviderOut))


def _shown(state: ProviderState) -> dict[str, Any]:
    row = state.row
    return {
        "name": state.name,
        "channel": state.channel,
        "kind": state.kind,
        "circuit": state.circuit,
        "last_failure": row.code or None if row is not None else None,
        "waiting_until": row.next_try_at if row is not None and row.circuit != "closed" else None,
    }


@blueprint.route("")
class Providers(MethodView):
    @requires("viewer")
    @blueprint.response(200, ProviderList)
    def get(self) -> dict[str, Any]:
        """Every configured provider, in the order in which they are asked."""
        settings = SendingSettings.of(runtime().settings)
        with reading() as session:
            return {"items": [_shown(state) for state in provider_states(session, settings, month_of(runtime()))]}


@blueprint.route("/<string:name>")
class OneProvider(MethodView):
    @requires("viewer")
    @blueprint.response(200, ProviderOut)
    def get(self, name: str) -> dict[str, Any]:
        """One configured provider."""
        settings = SendingSettings.of(runtime().settings)
        with reading() as session:
            return _shown(get_provider(session, settings, name, month_of(runtime())))
