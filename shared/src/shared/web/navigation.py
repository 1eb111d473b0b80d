"""The service's own navigation and the suite bar with the five services."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Flask, request, url_for
from flask_babel import gettext

from shared.texts import N_
from shared.web.context import principal, runtime
from shared.web.wording import SERVICES, service_name


@dataclass(frozen=True)
class Item:
    """One place of the navigation. ``label`` is a message id (N_), ``endpoint`` a page without arguments.

    ``blueprints`` names further ones whose pages belong to this place; ``body`` is whose staff alone see it.
    """

    label: str
    endpoint: str
    role: str = "viewer"
    blueprints: tuple[str, ...] = ()
    body: str | None = None


@dataclass(frozen=True)
class Place:
    """What the template shows of an item or a service."""

    label: str
    url: str
    current: bool


KIT_ITEMS = (
    Item(N_("Event deliveries"), "deliveries.list_deliveries", "manager"),
    Item(N_("Staff"), "staff.list_accounts", "admin"),
)


def register(app: Flask, items: Sequence[Item]) -> None:
    """Give the templates ``navigation()``, ``kit_navigation()`` and ``suite()``."""

    def places(chosen: Sequence[Item]) -> list[Place]:
        return [
            Place(gettext(item.label), url_for(item.endpoint), _is_current(item, chosen))
            for item in chosen
            if principal().allows(item.role, item.body)
        ]

    app.jinja_env.globals.update(
        navigation=lambda: places(items), kit_navigation=lambda: places(KIT_ITEMS), suite=suite
    )


def _is_current(item: Item, items: Sequence[Item]) -> bool:
    """The page itself; or a page of the same blueprint that no other item names."""
    endpoint = request.endpoint or ""
    if endpoint == item.endpoint:
        return True
    if endpoint in {other.endpoint for other in items}:
        return False
    blueprint = endpoint.rpartition(".")[0]
    siblings = [other for other in items if blueprint in (other.endpoint.rpartition(".")[0], *other.blueprints)]
    return bool(siblings) and siblings[0] == item


def suite() -> list[Place]:
    """The five services, the current one marked."""
    settings = runtime().settings
    return [
        Place(
            service_name(name),
            "/" if name == settings.service else settings.service_urls[name],
            name == settings.service,
        )
        for name in SERVICES
        if name in settings.service_urls
    ]
