"""Who may call a view: every view says either ``@requires(role)`` or ``@public``; the application checks at start."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import Flask, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import Unauthorized
from werkzeug.routing import Rule

from shared.principal import ROLES
from shared.web.belonging import Reach, belonging_of, demand_body
from shared.web.context import principal, reading

View = TypeVar("View", bound=Callable[..., Any])
_MARK = "_yizhan_guard"
_BODY = "_yizhan_body"


class UnguardedView(Exception):
    """A route says neither which role it needs nor that it is public. The message names it."""


def requires(role: str, *, body: str | None = None) -> Callable[[View], View]:
    """The view needs sign-in and the role: in the body that the service declared for what the address names (see
    :mod:`shared.web.belonging`), else in any; where only the command knows the body, ``principal().demand`` follows.
    ``body`` names the body for this view alone, ``*`` for all of them."""
    if role not in ROLES:
        raise ValueError(f"unknown role {role!r}")

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if principal().kind == "staff" and not principal().grants and not request.path.startswith("/api/"):
                return _no_role_page()
            principal().demand(role)
            if body is None:
                demand_body(role, kwargs)
            else:
                principal().demand(role, body)
            return view(*args, **kwargs)

        setattr(guarded, _MARK, role)
        setattr(guarded, _BODY, body)
        return cast(View, guarded)

    return decorate


def _no_role_page() -> ResponseReturnValue:
    """For somebody who was let in by the provider and is known to nobody here: who can help."""
    from shared.staff.accounts import administrators

    with reading() as session:
        names = administrators(session)
    return render_template("kit/no_role.html", administrators=names), 403


def public(view: View) -> View:
    """The view is for everybody: sign-in, signed links. Forms on it still carry a CSRF token."""
    setattr(view, _MARK, "public")
    return view


def called_by_programs(view: View) -> View:
    """A public view that other programs post to and that checks their signature itself: no CSRF token."""
    setattr(view, _MARK, "programs")
    return view


def guard_of(app: Flask, endpoint: str | None, method: str) -> str | None:
    """The role a route needs, ``public`` or ``programs``; None when it says nothing."""
    if endpoint is not None and (endpoint == "static" or endpoint.endswith(".static")):
        return "public"
    guard: str | None = getattr(_handler(app, endpoint, method), _MARK, None)
    return guard


def reach_of(app: Flask, rule: Rule, method: str) -> Reach:
    """In which body a route needs its role."""
    handler = _handler(app, rule.endpoint, method)
    named: str | None = getattr(handler, _BODY, None)
    if named is not None:
        return Reach(named)
    role = getattr(handler, _MARK, None)
    return belonging_of(app).reach(rule.endpoint, frozenset(rule.arguments), role) if role in ROLES else Reach()


def _handler(app: Flask, endpoint: str | None, method: str) -> Any:
    view = app.view_functions.get(endpoint or "")
    view_class = getattr(view, "view_class", None)
    handler = getattr(view_class, method.lower(), None) if view_class else view
    if handler is None and method == "HEAD" and view_class:
        handler = getattr(view_class, "get", None)
    return handler


def check_guards(app: Flask) -> None:
    """UnguardedView unless every route of the application says who may call it."""
    for rule in app.url_map.iter_rules():
        for method in own_methods(rule):
            if guard_of(app, rule.endpoint, method) is None:
                raise UnguardedView(f"{method} {rule.rule} ({rule.endpoint}) has neither @requires nor @public")


def own_methods(rule: Rule) -> list[str]:
    """The methods that a route was written for, without those that Flask adds."""
    return sorted(set(rule.methods or ()) - {"HEAD", "OPTIONS"})


def demand_sign_in(app: Flask) -> ResponseReturnValue | None:
    """Before a request: send those who have not signed in to the sign-in page, and programs away with 401."""
    if request.endpoint is None or request.method == "OPTIONS":
        return None
    guard = guard_of(app, request.endpoint, request.method)
    if guard in ("public", "programs") or principal().kind != "anonymous":
        return None
    if request.path.startswith("/api/"):
        raise Unauthorized()
    here = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("sign_in.show", next=here if here != "/" else None))
