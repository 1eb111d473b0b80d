"""/api/v1/consents"""

from typing import Any
from uuid import UUID

from flask.views import MethodView

from membership.add_requests.visibility import sees_whole
from membership.consents.commands import record_consent, withdraw_consent
from membership.consents.models import GuardianConsent
from membership.consents.queries import consents_of, get_consent
from membership.consents.rules import ConsentData
from membership.consents.schemas import ConsentIn, ConsentOut, WithdrawalIn
from membership.current import centre, today
from shared.database import UnitOfWork
from shared.refusal import NotFound
from shared.web import ApiBlueprint, idempotent, principal, reading, requires

blueprint = ApiBlueprint(
    "consents", __name__, url_prefix="/api/v1/consents", description="Guardians' consents to records of children."
)


@blueprint.route("/people/<uuid:child_id>")
class OfChild(MethodView):
    @requires("viewer")
    @blueprint.response(200, ConsentOut(many=True))
    def get(self, child_id: UUID) -> list[GuardianConsent]:
        """All consents for a child, the latest first; withdrawn ones say when."""
        with reading() as session:
            if not sees_whole(session, principal(), child_id, today()):
                raise NotFound("person")
            return consents_of(session, child_id)

    @requires("officer")
    @blueprint.arguments(ConsentIn)
    @blueprint.response(201, ConsentOut)
    @idempotent(load=get_consent)
    def post(self, work: UnitOfWork, data: dict[str, Any], child_id: UUID) -> GuardianConsent:
        """A guardian consents."""
        return record_consent(work, child_id, ConsentData(**data), centre=centre())


@blueprint.route("/<uuid:consent_id>/withdrawal")
class Withdrawal(MethodView):
    @requires("officer")
    @blueprint.arguments(WithdrawalIn)
    @blueprint.response(200, ConsentOut)
    @idempotent(load=get_consent, status=200)
    def post(self, work: UnitOfWork, data: dict[str, Any], consent_id: UUID) -> GuardianConsent:
        """It stands no more; another one is to be asked for."""
        return withdraw_consent(work, consent_id, data["withdrawn_on"], centre=centre())
