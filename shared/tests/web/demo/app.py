"""The demo's composition."""

from flask import Flask

from shared.runtime import Runtime
from shared.texts import N_
from shared.web import Item, create_app

from . import api, pages
from .things import DEMO


def make(runtime: Runtime | None = None) -> Flask:
    return create_app(
        runtime or Runtime.from_environment(DEMO),
        pages=[pages.blueprint],
        apis=[api.blueprint],
        navigation=[Item(N_("Things"), "things_pages.list_things")],
        package="demo",
    )
