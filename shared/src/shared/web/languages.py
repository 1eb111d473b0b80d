"""Languages of the pages: which one a reader gets, and the catalogues, read from ``.po`` files at the start."""

import importlib.util
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Blueprint, Flask, Response, redirect, request
from flask_babel import Babel, Domain, get_locale
from flask_babel import _get_current_context as _babel_context

from shared.web.context import principal, runtime, unit_of_work
from shared.web.guards import public

LANGUAGES = {"zh-Hans": "简体中文", "en": "English"}
COOKIE = "yizhan_language"
DEFAULT = "zh-Hans"
_YEAR = 365 * 24 * 3600


class Catalogues(Domain):  # type: ignore[misc]
    """The messages of shared and of one service, merged; English is what the message ids say."""

    def __init__(self, packages: tuple[str, ...]) -> None:
        super().__init__(translation_directories=[], domain="messages")
        self._chinese = merged_catalogue(packages)
        self._english = NullTranslations()

    def get_translations(self) -> Any:
        locale = get_locale() if _babel_context() is not None else None
        return self._chinese if locale is not None and locale.language == "zh" else self._english


def translation_file(package: str) -> Path | None:
    """Where a package keeps its Chinese messages."""
    found = importlib.util.find_spec(package)
    for folder in (found.submodule_search_locations or ()) if found else ():
        path = Path(folder) / "translations" / "zh_Hans" / "LC_MESSAGES" / "messages.po"
        if path.exists():
            return path
    return None


@cache
def merged_catalogue(packages: tuple[str, ...]) -> Translations:
    """The Chinese messages of several packages; a later one wins."""
    merged = Translations()
    for package in packages:
        path = translation_file(package)
        if path is None:
            continue
        with path.open("rb") as handle:
            catalogue = read_po(handle, locale="zh_Hans")
        compiled = BytesIO()
        write_mo(compiled, catalogue)
        compiled.seek(0)
        loaded = Translations(compiled)
        merged.merge(loaded)
        merged.plural = loaded.plural
    return merged


def language() -> str:
    """The reader's language: the person's setting, then the cookie of the language switch, then the browser."""
    for chosen in (principal().language, request.cookies.get(COOKIE)):
        if chosen in LANGUAGES:
            return chosen
    for wanted, _quality in request.accept_languages:
        if wanted.lower().startswith("zh"):
            return "zh-Hans"
        if wanted.lower().startswith("en"):
            return "en"
    return DEFAULT


def register(app: Flask, packages: tuple[str, ...]) -> None:
    babel = Babel(
        app,
        default_locale="zh_Hans",
        default_timezone=str(runtime_zone(app)),
        locale_selector=lambda: language().replace("-", "_"),
    )
    babel.domain_instance = Catalogues(packages)
    app.jinja_env.globals.update(LANGUAGES=LANGUAGES, language=language)
    blueprint = Blueprint("languages", __name__)

    @blueprint.post("/language")
    @public
    def switch() -> Response:
        from shared.staff.accounts import set_language
        from shared.staff.addresses import safe_address

        chosen = request.form.get("language", "")
        response = redirect(safe_address(request.form.get("next")), 303)
        assert isinstance(response, Response)
        if chosen in LANGUAGES:
            if principal().kind == "staff":
                with unit_of_work() as work:
                    set_language(work, chosen)
            response.set_cookie(
                COOKIE,
                chosen,
                max_age=_YEAR,
                samesite="Lax",
                httponly=True,
                secure=runtime().settings.public_url.startswith("https:"),
            )
        return response

    app.register_blueprint(blueprint)


def runtime_zone(app: Flask) -> Any:
    return app.extensions["yizhan"].runtime.settings.time_zone
