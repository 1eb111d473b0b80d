"""Finding texts that have no Chinese, or whose placeholders got lost in it."""

import ast
import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from jinja2.ext import babel_extract

from shared.web.languages import translation_file

_FIRST = ("_", "_l", "N_", "gettext", "lazy_gettext", "NotFound", "Item")
_SECOND = ("Refused", "Reason")
_PLURAL = ("ngettext", "lazy_ngettext")
_PLACEHOLDER = re.compile(r"%\((\w+)\)")
_SKIPPED = ("migrations", "testing")


def untranslated(package: str) -> list[str]:
    """Each text of the package without a good Chinese one, as ``file:line text``; empty when all is well.

    Texts are what ``gettext`` and its kin, ``N_``, ``Refused``, ``Reason``, ``NotFound`` and ``Item`` are given in
    Python, and what templates hand to ``_``. A service's texts may stand in shared's catalogue.
    """
    catalogues = [_catalogue(name) for name in dict.fromkeys((package, "shared"))]
    found = []
    for place, message in texts(package):
        entries = [entry for catalogue in catalogues if (entry := catalogue.get(message)) is not None]
        entry = next((entry for entry in entries if entry.string and not entry.fuzzy), None)
        if entry is None:
            found.append(f"{place} {message}")
            continue
        strings = (entry.string,) if isinstance(entry.string, str) else tuple(entry.string or ())
        if any(set(_PLACEHOLDER.findall(string)) - set(_PLACEHOLDER.findall(message)) for string in strings):
            found.append(f"{place} placeholders differ: {message}")
    return found


def texts(package: str) -> Iterator[tuple[str, str]]:
    """Every text of a package's code and templates, with where it stands."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ValueError(f"no such package: {package}")
    root = Path(spec.submodule_search_locations[0])
    for path in sorted(root.rglob("*")):
        place = path.relative_to(root)
        if set(place.parts) & set(_SKIPPED):
            continue
        if path.suffix == ".py":
            for line, message in _in_python(path):
                yield f"{place}:{line}", message
        elif path.suffix in (".html", ".txt") and "templates" in place.parts:
            for line, message in _in_template(path):
                yield f"{place}:{line}", message


def _in_python(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name in _FIRST or name in _PLURAL:
            wanted = node.args[:1]
        elif name in _SECOND:
            wanted = node.args[1:2]
        else:
            continue
        for argument in wanted:
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str) and argument.value:
                yield node.lineno, argument.value


def _in_template(path: Path) -> Iterator[tuple[int, str]]:
    options = {"extensions": "jinja2.ext.i18n", "trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}
    with path.open("rb") as handle:
        for line, _function, message, _comments in babel_extract(handle, ("_", "gettext", "ngettext"), [], options):
            for text in message[:1] if isinstance(message, tuple) else (message,):
                if isinstance(text, str):
                    yield line, text


def _catalogue(package: str) -> Catalog:
    path = translation_file(package)
    if path is None:
        return Catalog(locale="zh_Hans")
    with path.open("rb") as handle:
        return read_po(handle, locale="zh_Hans")
