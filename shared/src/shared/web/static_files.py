"""Styles and scripts: Bootstrap from Bootstrap-Flask and the kit's own, all from this server."""

import gzip
from functools import cache
from hashlib import sha256
from pathlib import Path

import flask_bootstrap
from flask import Blueprint, Flask, Response, request, url_for
from werkzeug.exceptions import NotFound

from shared.web.guards import public

_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
_KIT = Path(__file__).parent / "static"
_BOOTSTRAP = Path(flask_bootstrap.__file__).parent / "static" / "bootstrap5"
_FILES = {
    "kit.css": _KIT / "kit.css",
    "calendar.css": _KIT / "calendar.css",
    "deliveries.css": _KIT / "deliveries.css",
    "kit.js": _KIT / "kit.js",
    "preview.js": _KIT / "preview.js",
    "mark.svg": _KIT / "mark.svg",
    "bootstrap.css": _BOOTSTRAP / "css" / "bootstrap.min.css",
}


@cache
def _content(name: str) -> tuple[bytes, bytes, str]:
    """A file's bytes, the same compressed, and a tag that changes with them."""
    plain = _FILES[name].read_bytes()
    return plain, gzip.compress(plain, 9, mtime=0), sha256(plain).hexdigest()[:16]


def asset(name: str) -> str:
    """The address of a file of the kit; it changes with the file, so browsers may keep it for ever."""
    return url_for("kit.static", name=name, v=_content(name)[2])


def register(app: Flask) -> None:
    blueprint = Blueprint("kit", __name__, template_folder="templates")

    @blueprint.get("/kit/<name>", endpoint="static")
    @public
    def serve(name: str) -> Response:
        if name not in _FILES:
            raise NotFound()
        plain, compressed, tag = _content(name)
        response = Response(content_type=_TYPES[Path(name).suffix])
        if request.accept_encodings["gzip"] > 0:
            response.data = compressed
            response.headers["Content-Encoding"] = "gzip"
        else:
            response.data = plain
        response.headers["Vary"] = "Accept-Encoding"
        response.set_etag(f"{tag}-{response.headers.get('Content-Encoding', 'plain')}")
        kept = "public, max-age=31536000, immutable" if request.args.get("v") == tag else "no-cache"
        response.headers["Cache-Control"] = kept
        response.make_conditional(request)
        return response

    app.register_blueprint(blueprint)
    app.jinja_env.globals.update(asset=asset)
