"""The "Staff" page, the same in every service: who may do what here."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import PasswordField, SelectField, StringField
from wtforms.validators import InputRequired, Length

from shared.principal import ALL_BODIES, BODIES, ROLES, Grant
from shared.refusal import Refused, Stale
from shared.staff import accounts
from shared.staff.models import Account
from shared.staff.openid.pages import provider
from shared.staff.tokens import list_tokens
from shared.web.context import reading, runtime, unit_of_work
from shared.web.editing import EditForm, stale_page
from shared.web.forms import choices, fill_errors
from shared.web.guards import requires
from shared.web.languages import LANGUAGES
from shared.web.wording import body_name, role_name

blueprint = Blueprint("staff", __name__, url_prefix="/staff")


class GrantsForm(EditForm):
    """One choice of a role for each body, and one for all."""

    all_bodies = SelectField(default="")
    party = SelectField(default="")
    union = SelectField(default="")
    league = SelectField(default="")
    women = SelectField(default="")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        for body in (ALL_BODIES, *BODIES):
            field = self.of(body)
            field.choices = choices([("", gettext("No role")), *((role, role_name(role)) for role in ROLES)])
            field.label.text = body_name(body)

    def of(self, body: str) -> SelectField:
        return self["all_bodies" if body == ALL_BODIES else body]

    @property
    def grants(self) -> list[Grant]:
        """What was chosen, without the bodies in which no role is held."""
        chosen = {body: self.of(body).data for body in (ALL_BODIES, *BODIES)}
        return [Grant(role, body) for body, role in chosen.items() if role]

    def show(self, grants: tuple[Grant, ...]) -> None:
        for grant in grants:
            self.of(grant.body).data = grant.role


class AccountForm(GrantsForm):
    username = StringField(_l("Username"), [InputRequired(), Length(2, 60)], render_kw={"autocomplete": "off"})
    name = StringField(_l("Full name"), [InputRequired(), Length(max=120)], render_kw={"autocomplete": "off"})
    password = PasswordField(
        _l("First password"),
        [InputRequired(), Length(max=200)],
        description=_l("At least ten characters; a sentence is easy to remember."),
        render_kw={"autocomplete": "new-password"},
    )
    language = SelectField(_l("Language"), choices=choices(LANGUAGES.items()))


class PasswordForm(FlaskForm):  # type: ignore[misc]
    password = PasswordField(
        _l("New password"),
        [InputRequired(), Length(max=200)],
        description=_l("At least ten characters. Everywhere this person is signed in, the session ends."),
        render_kw={"autocomplete": "new-password"},
    )


def _local_accounts() -> bool:
    """Whether a password of this service opens it: without a provider, or beside one."""
    asked = provider()
    return asked is None or asked.settings.local_accounts


@blueprint.get("/")
@requires("admin")
def list_accounts() -> ResponseReturnValue:
    with reading() as session:
        return render_template(
            "kit/staff/list.html",
            accounts=accounts.list_accounts(session),
            tokens=list_tokens(session),
            now=runtime().clock(),
            local_accounts=_local_accounts(),
        )


@blueprint.route("/new", methods=["GET", "POST"])
@requires("admin")
def add_account() -> ResponseReturnValue:
    form = AccountForm()
    if form.validate_on_submit():
        try:
            with unit_of_work() as work:
                work.actor.demand("admin", ALL_BODIES)
                account = accounts.add_account(
                    work,
                    username=form.username.data,
                    name=form.name.data,
                    password=form.password.data,
                    language=form.language.data,
                    grants=form.grants,
                )
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("%(name)s can sign in now.", name=account.name), "success")
            return redirect(url_for(".show_account", account_id=account.id), 303)
    return render_template("kit/staff/new.html", form=form), 422 if form.errors else 200


@blueprint.get("/<uuid:account_id>")
@requires("admin")
def show_account(account_id: UUID) -> ResponseReturnValue:
    return _account_page(account_id)


@blueprint.post("/<uuid:account_id>/roles")
@requires("admin")
def set_roles(account_id: UUID) -> ResponseReturnValue:
    form = GrantsForm()
    if form.validate_on_submit():
        try:
            with unit_of_work() as work:
                work.actor.demand("admin", ALL_BODIES)
                accounts.set_grants(work, account_id, form.grants, version=form.sent_version)
        except Stale:
            with reading() as session:
                current = _roles_of(accounts.get_account(session, account_id))
                back = url_for(".show_account", account_id=account_id)
                return stale_page(form, current, session, subject=f"account/{account_id}", back=back)
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("The roles are saved."), "success")
            return redirect(url_for(".show_account", account_id=account_id), 303)
    return _account_page(account_id, roles=form)


@blueprint.post("/<uuid:account_id>/password")
@requires("admin")
def set_password(account_id: UUID) -> ResponseReturnValue:
    form = PasswordForm()
    if form.validate_on_submit():
        try:
            with unit_of_work() as work:
                work.actor.demand("admin", ALL_BODIES)
                accounts.set_password(work, account_id, form.password.data)
        except Refused as refused:
            fill_errors(form, refused)
        else:
            flash(gettext("The new password counts from now on."), "success")
            return redirect(url_for(".show_account", account_id=account_id), 303)
    return _account_page(account_id, password=form)


@blueprint.route("/<uuid:account_id>/active", methods=["GET", "POST"])
@requires("admin")
def set_active(account_id: UUID) -> ResponseReturnValue:
    """Ask once, then deactivate or activate."""
    with reading() as session:
        account = accounts.get_account(session, account_id)
    if request.method == "GET":
        return render_template("kit/staff/active.html", account=account)
    with unit_of_work() as work:
        work.actor.demand("admin", ALL_BODIES)
        accounts.set_active(work, account_id, not account.active)
    flash(
        gettext("%(name)s cannot sign in any more.", name=account.name)
        if account.active
        else gettext("%(name)s can sign in again.", name=account.name),
        "success",
    )
    return redirect(url_for(".list_accounts"), 303)


def _roles_of(account: Account) -> GrantsForm:
    """The form as the account stands."""
    form = GrantsForm(formdata=None)
    form.show(accounts.grants_of(account))
    form.version.data = account.version
    return form


def _account_page(
    account_id: UUID, *, roles: GrantsForm | None = None, password: PasswordForm | None = None
) -> ResponseReturnValue:
    with reading() as session:
        account = accounts.get_account(session, account_id)
    if roles is None:
        roles = _roles_of(account)
    refused = bool(roles.errors or (password and password.errors))
    page = render_template(
        "kit/staff/account.html",
        account=account,
        roles=roles,
        password=password or PasswordForm(formdata=None),
    )
    return page, 422 if refused else 200
