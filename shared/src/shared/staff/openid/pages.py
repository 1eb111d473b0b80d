"""Signing in through the provider: off to it, back from it, and out again when it says so."""

import logging
import time
from typing import Any

from authlib.common.security import generate_token
from flask import Blueprint, Response, current_app, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import delete, select

from shared.database import UnitOfWork
from shared.staff.addresses import safe_address
from shared.staff.models import Account, StaffSession
from shared.staff.openid.people import account_of
from shared.staff.openid.person import SignedIn
from shared.staff.openid.provider import NotBelieved, Provider, ProviderAway
from shared.staff.sessions import SESSION_KEY, start_session
from shared.texts import N_
from shared.web.context import unit_of_work
from shared.web.guards import called_by_programs, public
from shared.web.languages import language

log = logging.getLogger(__name__)
blueprint = Blueprint("openid", __name__)

EXTENSION = "yizhan_openid"
_UNDER_WAY = "signing-in"
_MOST_UNDER_WAY = 5
_LASTS_SECONDS = 900

NOT_STARTED_HERE = N_("This sign-in was not begun here, or too long ago. Begin again.")
PROBLEMS = {
    "access_denied": N_("The sign-in was cancelled."),
    "wrong-issuer": N_("The answer came in another provider's name and was not believed."),
    "wrong-nonce": N_("The answer belongs to another sign-in and was not believed. Begin again."),
    "wrong-audience": N_("The answer was made for another service and was not believed."),
    "expired": N_("The answer came too late. Begin again; if it happens again, a clock is wrong."),
    "refused-by-provider": N_("The sign-in service refused. Begin again; a code counts only once and for a minute."),
    "inactive": N_("Your account here is deactivated. Ask an administrator."),
}
NOT_BELIEVED = N_("The answer of the sign-in service could not be believed.")


def provider() -> Provider | None:
    """The provider that this service asks, if any."""
    held: Provider | None = current_app.extensions.get(EXTENSION)
    return held


@blueprint.get("/sign-in/start")
@public
def start() -> ResponseReturnValue:
    """Off to the provider. What is needed to know the answer again stays in this browser's session cookie."""
    asked = provider()
    onward = safe_address(request.args.get("next"))
    if asked is None:
        return redirect(url_for("sign_in.show", next=onward))
    state, nonce, verifier = generate_token(32), generate_token(32), generate_token(64)
    try:
        address = asked.address_to_sign_in(state=state, nonce=nonce, verifier=verifier, language=language())
    except (ProviderAway, NotBelieved) as problem:
        return _away(problem)
    under_way = {**_under_way(), state: [nonce, verifier, onward, int(time.time())]}
    session[_UNDER_WAY] = dict(list(under_way.items())[-_MOST_UNDER_WAY:])
    return redirect(address)


@blueprint.get("/sign-in/callback")
@public
def callback() -> ResponseReturnValue:
    """Back from the provider: every check holds, or nobody is signed in and the page says why."""
    asked = provider()
    under_way = _under_way()
    begun = under_way.pop(request.args.get("state", ""), None)
    session[_UNDER_WAY] = under_way
    if asked is None or begun is None:
        return _problem(NOT_STARTED_HERE, 400)
    nonce, verifier, onward, _ = begun
    if "error" in request.args or not request.args.get("code"):
        return _problem(PROBLEMS.get(request.args.get("error", ""), NOT_BELIEVED), 400, onward)
    try:
        person = asked.exchange(request.args["code"], verifier, nonce, issuer=request.args.get("iss"))
    except ProviderAway as problem:
        return _away(problem)
    except NotBelieved as problem:
        log.warning("sign-in not believed", extra={"code": problem.code, "detail": str(problem)})
        with unit_of_work() as work:
            work.audit("sign-in-failed", "account/unknown", code=problem.code)
        return _problem(PROBLEMS.get(problem.code, NOT_BELIEVED), 401, onward)
    secret = _begin_session(asked.settings.issuer, person)
    if secret is None:
        return _problem(PROBLEMS["inactive"], 403)
    session.clear()
    session[SESSION_KEY] = secret
    return redirect(onward, 303)


@blueprint.post("/sign-in/back-channel-logout")
@called_by_programs
def back_channel_logout() -> ResponseReturnValue:
    """The provider says that a session, or all of a person's, ended: they end here in the same moment."""
    asked = provider()
    if asked is None:
        return _told("no provider", 404)
    try:
        claims = asked.read_logout_token(request.form.get("logout_token", ""))
    except NotBelieved as problem:
        log.warning("logout token not believed", extra={"code": problem.code})
        return _told(problem.code, 400)
    except ProviderAway:
        return _told("keys not available", 503)
    with unit_of_work() as work:
        _end_sessions(work, asked.settings.issuer, claims)
    return _told("", 200)


@blueprint.get("/signed-out")
@public
def signed_out() -> ResponseReturnValue:
    return render_template("kit/signed_out.html", only_here="here" in request.args)


def _begin_session(issuer: str, person: SignedIn) -> str | None:
    """The secret of a new session, or None when the account may not come in."""
    with unit_of_work() as work:
        account = account_of(work, issuer, person)
        if not account.active:
            work.audit("sign-in-failed", f"account/{account.id}", code="inactive")
            return None
        work.session.flush()
        secret = start_session(work, account, issuer=issuer, sid=person.sid, id_token=person.id_token)
        work.audit("signed-in", f"account/{account.id}", issuer=issuer)
    return secret


def _end_sessions(work: UnitOfWork, issuer: str, claims: Any) -> None:
    ended = delete(StaffSession).where(StaffSession.issuer == issuer)
    if claims.get("sid"):
        ended = ended.where(StaffSession.sid == claims["sid"])
    if claims.get("sub"):
        accounts = select(Account.id).where(Account.issuer == issuer, Account.issuer_subject == claims["sub"])
        ended = ended.where(StaffSession.account_id.in_(accounts))
    number = work.session.execute(ended.execution_options(synchronize_session=False)).rowcount  # type: ignore[attr-defined]
    if number:
        work.audit("signed-out-by-provider", "account/session", number=int(number))


def _under_way() -> dict[str, list[Any]]:
    """The sign-ins that this browser has begun and that are not too old."""
    oldest = time.time() - _LASTS_SECONDS
    return {state: begun for state, begun in session.get(_UNDER_WAY, {}).items() if begun[3] >= oldest}


def _problem(text: str, status: int, onward: str = "/") -> ResponseReturnValue:
    return render_template("kit/sign_in_failed.html", text=text, onward=onward), status


def _away(problem: Exception) -> ResponseReturnValue:
    log.warning("the sign-in service is away", extra={"error": str(problem)})
    asked = provider()
    local = asked is not None and asked.settings.local_accounts
    page = render_template(
        "kit/sign_in_failed.html", text=N_("The sign-in service does not answer just now."), away=True, local=local
    )
    return page, 503, {"Retry-After": "30"}


def _told(text: str, status: int) -> Response:
    return Response(text, status, content_type="text/plain", headers={"Cache-Control": "no-store"})
