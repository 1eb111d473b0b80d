"""The one place that writes errors: problem+json (RFC 9457) for programs, a friendly page for people."""

import logging
from typing import Any

from flask import Flask, Response, flash, g, json, redirect, render_template, request
from flask_babel import gettext
from marshmallow import ValidationError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from werkzeug.exceptions import HTTPException, InternalServerError, ServiceUnavailable

from shared.database import database_is_away
from shared.refusal import Reason, Refused
from shared.texts import N_
from shared.web.submissions import AlreadySubmitted
from shared.web.validation_words import translated
from shared.web.wording import for_programs, in_words

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER = 5
"""Seconds after which a request that found no database may be sent again."""
log = logging.getLogger(__name__)

TITLES = {
    400: N_("The request is malformed"),
    401: N_("Sign in first"),
    403: N_("This is not allowed for you"),
    404: N_("There is nothing here"),
    405: N_("This cannot be done here"),
    406: N_("This form of answer is not offered"),
    409: N_("A rule stands in the way"),
    412: N_("It was changed in the meantime"),
    413: N_("Too much was sent at once"),
    415: N_("This kind of content is not understood"),
    422: N_("Something in the input is not right"),
    428: N_("Say which version you read"),
    429: N_("Too many attempts"),
    500: N_("Something went wrong on our side"),
    503: N_("Not available just now"),
}
DETAILS = {
    400: N_("The request could not be read."),
    401: N_("Sign in, or send a valid token."),
    403: N_("Your role does not include this."),
    404: N_("It may have been removed, or the address is wrong."),
    405: N_("This address does not take this method."),
    413: N_("The file or form is larger than allowed."),
    415: N_("Send application/json."),
    422: N_("Look at the fields below."),
    428: N_("Send If-Match with the ETag of what you read."),
    500: N_("It was noted, and nothing was saved. Try again; if it happens again, tell the number below."),
    503: N_(
        "This service cannot reach its data. Wait a moment, go back and send it again: "
        "what went through already is not carried out a second time."
    ),
}

FORM_TOO_OLD = N_("The form is older than your sign-in, or came from elsewhere. Go back, reload it, and send it again.")


def register(app: Flask) -> None:
    """Every error of the application ends here."""
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(ValidationError, _invalid)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(AlreadySubmitted, _already_submitted)
    app.register_error_handler(Exception, _unexpected)


def problem(
    status: int,
    detail: str,
    *,
    code: str,
    errors: dict[str, list[str]] | None = None,
    reasons: list[dict[str, Any]] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """The answer in the form the asker reads: JSON under ``/api/``, a page elsewhere."""
    title = gettext(TITLES.get(status, TITLES[500 if status >= 500 else 400]))
    if request.path.startswith("/api/"):
        body: dict[str, Any] = {
            "type": f"urn:yizhan:problem:{code}",
            "title": title,
            "status": status,
            "detail": detail,
            "code": code,
            "request_id": g.get("correlation_id"),
        }
        if errors:
            body["errors"] = errors
        if reasons:
            body["reasons"] = reasons
        response = Response(json.dumps(body, ensure_ascii=False), status, content_type=MEDIA_TYPE)
    else:
        page = render_template("kit/error.html", status=status, title=title, detail=detail, errors=errors or {})
        response = Response(page, status, content_type="text/html; charset=utf-8")
    response.headers.extend(headers or {})
    return response


def _refused(error: Refused) -> Response:
    errors: dict[str, list[str]] = {}
    for reason in error.reasons:
        if reason.field:
            errors.setdefault(reason.field, []).append(in_words(reason))
    return problem(
        error.status,
        " ".join(in_words(reason) for reason in error.reasons),
        code=error.code,
        errors=errors,
        reasons=[_reason(reason) for reason in error.reasons],
    )


def _reason(reason: Reason) -> dict[str, Any]:
    return {
        "code": reason.code,
        "text": in_words(reason),
        "field": reason.field,
        "facts": {name: for_programs(value) for name, value in reason.facts.items()},
    }


def _invalid(error: ValidationError) -> Response:
    errors = field_errors(error.messages)
    return problem(422, gettext(DETAILS[422]), code="invalid", errors=errors)


def _http(error: HTTPException) -> Response:
    if error.response is not None and isinstance(error.response, Response):
        return error.response
    status = error.code or 500
    data: dict[str, Any] = getattr(error, "data", None) or {}
    headers = {
        name: value for name, value in error.get_headers() if name.lower() in ("allow", "retry-after", "accept-ranges")
    }
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="yizhan"'
    messages = data.get("messages")
    if isinstance(messages, dict):
        by_place = messages.values() if all(isinstance(part, dict) for part in messages.values()) else [messages]
        errors: dict[str, list[str]] = {}
        for part in by_place:
            errors.update(field_errors(part))
        return problem(status, gettext(DETAILS.get(status, DETAILS[422])), code="invalid", errors=errors)
    code = getattr(error, "problem_code", None) or error.name.lower().replace(" ", "-")
    detail = getattr(error, "problem_detail", None) or DETAILS.get(status)
    return problem(status, gettext(detail) if detail else error.name, code=code, headers=headers)


def _already_submitted(error: AlreadySubmitted) -> Response:
    flash(gettext("This form had been sent already; it was not carried out a second time."), "info")
    response = redirect(request.full_path.rstrip("?"), 303)
    assert isinstance(response, Response)
    return response


def _unexpected(error: Exception) -> Response:
    if database_is_away(error) or isinstance(error, PoolExhausted):
        log.warning("the database did not answer a request: %s", type(getattr(error, "orig", error)).__name__)
        return _http(ServiceUnavailable(retry_after=RETRY_AFTER))
    log.error("request failed", exc_info=error)
    return _http(InternalServerError())


def field_errors(messages: Any, prefix: str = "") -> dict[str, list[str]]:
    """marshmallow's nested messages as ``sessions.0.starts_at -> [sentence]``, in the reader's language."""
    found: dict[str, list[str]] = {}
    if isinstance(messages, dict):
        for name, inner in messages.items():
            place = prefix if name == "_schema" else f"{prefix}.{name}" if prefix else str(name)
            for field, sentences in field_errors(inner, place).items():
                found.setdefault(field, []).extend(sentences)
    elif isinstance(messages, (list, tuple)):
        found[prefix or "_schema"] = [translated(str(message)) for message in messages]
    else:
        found[prefix or "_schema"] = [translated(str(messages))]
    return found
