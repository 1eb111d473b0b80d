"""Putting one service's web application together: the composition root of a web process."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, Flask, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import CSRFProtect
from werkzeug.exceptions import BadRequest, Forbidden
from werkzeug.middleware.proxy_fix import ProxyFix

import shared
from shared.runtime import Runtime
from shared.staff import pages as staff_pages
from shared.staff import sign_in, token_pages
from shared.staff.identification import identify
from shared.staff.openid import pages as openid_pages
from shared.staff.openid.provider import Provider
from shared.staff.openid.settings import openid_settings
from shared.web import (
    api,
    compression,
    deliveries,
    documentation,
    filters,
    forms,
    guards,
    headers,
    health,
    languages,
    metrics,
    navigation,
    problems,
    static_files,
    tracing,
)
from shared.web.api import Api, ApiBlueprint
from shared.web.belonging import Belonging
from shared.web.belonging import register as register_belonging
from shared.web.context import EXTENSION, principal
from shared.web.repeating import RepeatingFlask
from shared.web.unstorable import refuse_unstorable
from shared.web.wording import SERVICES


@dataclass(frozen=True)
class Application:
    """What belongs to one application and nothing else; found through the current Flask app."""

    runtime: Runtime
    api: Api | None


def create_app(
    runtime: Runtime,
    *,
    pages: Sequence[Blueprint],
    apis: Sequence[ApiBlueprint],
    navigation: Sequence["navigation.Item"],
    package: str,
    belonging: Belonging | None = None,
) -> Flask:
    """A service's Flask application.

    ``pages`` and ``apis`` are its blueprints, ``navigation`` its places, ``package`` the ``__name__`` of the
    calling module: messages are looked up in that package's ``translations``. ``belonging`` says in which body a role
    has to be held for what an address names. Raises UnguardedView when a route
    says neither which role it needs nor that it is public.
    """
    return _Assembly(runtime, package).build(pages, apis, navigation, belonging or Belonging())


class _Assembly:
    def __init__(self, runtime: Runtime, package: str) -> None:
        self.runtime = runtime
        self.package = package.partition(".")[0]
        self.https = runtime.settings.public_url.startswith("https:")

    def build(
        self,
        pages: Sequence[Blueprint],
        apis: Sequence[ApiBlueprint],
        items: Sequence["navigation.Item"],
        belonging: Belonging,
    ) -> Flask:
        app = self._bare_app()
        register_belonging(app, belonging)
        app.extensions[EXTENSION] = Application(self.runtime, None)
        tracing.register(app)
        metrics.register(app, self.runtime.service.name)
        openid = openid_settings(self.runtime.settings)
        if openid.enabled:
            app.extensions[openid_pages.EXTENSION] = Provider(openid, self.runtime.clock)
        headers.register(app, https=self.https, form_targets=(openid.issuer,) if openid.enabled else ())
        languages.register(app, ("shared", self.package))
        self._guard(app)
        problems.register(app)
        filters.register(app)
        forms.register(app)
        navigation.register(app, items)
        static_files.register(app)
        compression.register(app)
        health.register(app)
        for blueprint in (
            sign_in.blueprint,
            openid_pages.blueprint,
            staff_pages.blueprint,
            token_pages.blueprint,
            deliveries.blueprint,
        ):
            app.register_blueprint(blueprint)
        for blueprint in pages:
            app.register_blueprint(blueprint)
        service = self.runtime.service.name
        made = api.register(app, list(apis), title=f"Yizhan {SERVICES.get(service, service)}", version="1")
        documentation.register(app, made)
        app.extensions[EXTENSION] = Application(self.runtime, made)
        self._first_page(app, items)
        guards.check_guards(app)
        return app

    def _bare_app(self) -> Flask:
        settings = self.runtime.settings
        app = RepeatingFlask(self.package, static_folder=None, template_folder=None)
        app.config.update(
            SECRET_KEY=settings.secret_key,
            SESSION_COOKIE_NAME=f"yizhan_{settings.service}",
            SESSION_COOKIE_HTTPONLY=True,
            SESSION_COOKIE_SAMESITE="Lax",
            SESSION_COOKIE_SECURE=self.https,
            WTF_CSRF_CHECK_DEFAULT=False,
            WTF_CSRF_TIME_LIMIT=None,
            BOOTSTRAP_SERVE_LOCAL=True,
        )
        app.json.sort_keys = False  # type: ignore[attr-defined]
        app.json.ensure_ascii = False  # type: ignore[attr-defined]
        app.jinja_env.trim_blocks = True
        app.jinja_env.lstrip_blocks = True
        app.jinja_env.globals.update(service=settings.service, version=shared.__version__, principal=principal)
        proxies = int(settings.environ.get("TRUSTED_PROXIES", "1" if self.https else "0"))
        if proxies:
            app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies)  # type: ignore[method-assign]
        return app

    def _guard(self, app: Flask) -> None:
        csrf = CSRFProtect(app)

        @app.before_request
        def protect() -> ResponseReturnValue | None:
            identify()
            answer = guards.demand_sign_in(app)
            if answer is not None or request.endpoint is None:
                return answer
            by_session = principal().kind != "token"
            if by_session and guards.guard_of(app, request.endpoint, request.method) != "programs":
                try:
                    csrf.protect()
                except BadRequest as error:
                    raise FormTooOld() from error
            refuse_unstorable()
            return None

    def _first_page(self, app: Flask, items: Sequence["navigation.Item"]) -> None:
        """``/`` leads to the first place of the navigation where the service has no dashboard of its own."""
        if any(rule.rule == "/" for rule in app.url_map.iter_rules()) or not items:
            return

        @app.get("/", endpoint="start")
        @guards.requires("viewer")
        def start() -> ResponseReturnValue:
            return redirect(url_for(items[0].endpoint))


class FormTooOld(Forbidden):
    """The request's CSRF token is missing or belongs to another session."""

    problem_code = "csrf"
    problem_detail = problems.FORM_TOO_OLD
