"""The sign-in page, signing in with a password of this service, and out again."""

from datetime import datetime, timedelta

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Length

from shared.staff.accounts import find_account
from shared.staff.addresses import safe_address
from shared.staff.models import Account
from shared.staff.openid.pages import provider
from shared.staff.openid.provider import NotBelieved, ProviderAway
from shared.staff.passwords import hash_password, needs_rehash, password_fits
from shared.staff.sessions import SESSION_KEY, end_session, session_of, start_session
from shared.staff.throttle import attempt, attempt_key, forgive
from shared.web.context import principal, runtime, unit_of_work
from shared.web.filters import clock_time
from shared.web.guards import public

blueprint = Blueprint("sign_in", __name__)


class SignInForm(FlaskForm):  # type: ignore[misc]
    username = StringField(
        _l("Username"),
        [InputRequired(), Length(max=60)],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )
    password = PasswordField(
        _l("Password"), [InputRequired(), Length(max=200)], render_kw={"autocomplete": "current-password"}
    )


@blueprint.route("/sign-in", methods=["GET", "POST"])
@public
def show() -> ResponseReturnValue:
    """One form; the same sentence for an unknown name and a wrong password, so that names cannot be found out.

    Where a provider is asked and passwords of this service do not count, there is nothing to choose: off to it.
    """
    onward = safe_address(request.args.get("next"))
    asked = provider()
    if principal().kind == "staff":
        return redirect(onward, 303)
    if asked is not None and not asked.settings.local_accounts:
        return redirect(url_for("openid.start", next=onward))
    form = SignInForm()
    status = 200
    if form.validate_on_submit():
        wait_until = _count_attempt(form.username.data)
        if wait_until is None and _sign_in(form.username.data, form.password.data):
            return redirect(onward, 303)
        status = 401 if wait_until is None else 429
        form.form_errors = [
            gettext("Username and password do not go together.")
            if wait_until is None
            else gettext("Too many attempts. Try again after %(time)s.", time=clock_time(_next_minute(wait_until)))
        ]
    return render_template("kit/sign_in.html", form=form, onward=onward, single=asked is not None), status


@blueprint.post("/sign-out")
@public
def leave() -> ResponseReturnValue:
    """End the session here; one that began at the provider ends there too, and with it in every other service."""
    secret = session.get(SESSION_KEY)
    ended = None
    if secret and principal().kind == "staff":
        with unit_of_work() as work:
            ended = session_of(work.session, secret)
            end_session(work, secret)
            work.audit("signed-out", f"account/{principal().id}")
    session.clear()
    if ended is not None and ended.issuer is not None:
        return redirect(_out_at_provider(ended.id_token), 303)
    flash(gettext("You are signed out."), "success")
    return redirect(url_for("openid.signed_out" if provider() is not None else "sign_in.show"), 303)


def _out_at_provider(id_token: str | None) -> str:
    """Where to go on to sign out at the provider; a page of our own that says so when it cannot be asked."""
    asked = provider()
    try:
        address = asked.address_to_sign_out(id_token) if asked is not None else None
    except (ProviderAway, NotBelieved):
        address = None
    return address or url_for("openid.signed_out", here=1)


def _keys(username: str) -> dict[str, bytes]:
    secret = runtime().settings.secret_key
    return {
        "account": attempt_key(secret, "account", username.strip().lower()),
        "address": attempt_key(secret, "address", request.remote_addr or ""),
    }


def _count_attempt(username: str) -> datetime | None:
    with unit_of_work() as work:
        waits = [attempt(work, key, kind) for kind, key in sorted(_keys(username).items())]
    return max((wait for wait in waits if wait is not None), default=None)


def _sign_in(username: str, password: str) -> bool:
    """Check the password outside of any transaction, which it would keep open for too long; then start a session."""
    with runtime().reading() as reader:
        known = find_account(reader, username)
        password_hash = known.password_hash if known is not None and known.active else None
        found = known.id if known is not None else None
    fits = password_fits(password_hash, password)
    with unit_of_work() as work:
        account = work.session.get(Account, found) if found else None
        if not fits or account is None or not account.active:
            work.audit("sign-in-failed", f"account/{found}" if found else "account/unknown")
            return False
        if needs_rehash(account.password_hash):
            account.password_hash = hash_password(password)
        for key in _keys(username).values():
            forgive(work, key)
        secret = start_session(work, account)
        work.audit("signed-in", f"account/{account.id}")
    session.clear()
    session[SESSION_KEY] = secret
    return True


def _next_minute(moment: datetime) -> datetime:
    """The first full minute that is not before the moment: what a clock on the wall can show."""
    return (moment + timedelta(seconds=59, microseconds=999_999)).replace(second=0, microsecond=0)
