"""The demo service, whose staff sign in at a provider of somebody else."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from shared.runtime import Runtime
from shared.service import Service
from shared.testing.fakes import SettableClock
from shared.testing.openid import CLIENT_SECRET, ForeignProvider, foreign_provider
from shared.testing.ports import free_port

sys.path.insert(0, str(Path(__file__).parents[1] / "web"))

from demo.app import make
from demo.things import DEMO


@pytest.fixture
def provider(clock: SettableClock) -> Iterator[ForeignProvider]:
    with foreign_provider(free_port(), clock) as running:
        yield running


@pytest.fixture
def make_app(make_example: Callable[..., Runtime], provider: ForeignProvider) -> Callable[..., tuple[Flask, Runtime]]:
    """``make_app(LOCAL_ACCOUNTS="on")``: the demo with this in its environment."""

    def build(service: Service = DEMO, **environ: str) -> tuple[Flask, Runtime]:
        settings = {"OIDC_ISSUER": provider.issuer, "OIDC_CLIENT_SECRET": CLIENT_SECRET, **environ}
        runtime = make_example(service, **settings)
        return make(runtime), runtime

    return build


@pytest.fixture
def demo(make_app: Callable[..., tuple[Flask, Runtime]]) -> tuple[Flask, Runtime]:
    return make_app()


@pytest.fixture
def runtime(demo: tuple[Flask, Runtime]) -> Runtime:
    return demo[1]


@pytest.fixture
def client(demo: tuple[Flask, Runtime]) -> FlaskClient:
    return demo[0].test_client()
