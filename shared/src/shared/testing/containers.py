"""Servers for tests in containers, where an engine answers and the image is there or can be pulled."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from docker.client import DockerClient
from docker.errors import DockerException, ImageNotFound
from requests.exceptions import RequestException
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer

from shared.bus.links import LINK_ERRORS, open_link
from shared.testing.local_servers import START_TIMEOUT
from shared.testing.processes import wait_until

RABBITMQ_IMAGE = "rabbitmq:4.0-management"
POSTGRES_IMAGE = "postgres:17"
DEFAULT_ENGINE = "unix:///var/run/docker.sock"
ANSWER_TIMEOUT = 5
PULL_TIMEOUT = 300
PASSWORD = "test-only"


def has_image(image: str) -> bool:
    """Whether a container of this image can be started here; pulls it when need be."""
    if not engine_listens(os.environ.get("DOCKER_HOST") or DEFAULT_ENGINE):
        return False
    try:
        client = DockerClient.from_env(timeout=ANSWER_TIMEOUT)
    except DockerException:
        return False
    try:
        client.ping()
        try:
            client.images.get(image)
        except ImageNotFound:
            client.api.timeout = PULL_TIMEOUT
            client.images.pull(image)
    except (DockerException, RequestException):
        return False
    finally:
        client.close()
    return True


def engine_listens(host: str) -> bool:
    """Whether somebody takes connections at the socket of an engine; assumed of one that is reached otherwise.

    Asked here, because the client library leaves a socket open that it could not connect.
    """
    scheme, _, path = host.partition("://")
    if "unix" not in scheme:
        return True
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(ANSWER_TIMEOUT)
        try:
            probe.connect(path)
        except OSError:
            return False
    return True


@contextmanager
def rabbitmq_container(image: str) -> Iterator[str]:
    """Run RabbitMQ in a container; gives its AMQP address."""
    container = DockerContainer(image).with_exposed_ports(5672)
    container.with_env("RABBITMQ_DEFAULT_USER", "yizhan").with_env("RABBITMQ_DEFAULT_PASS", PASSWORD)
    with _running(container):
        url = f"amqp://yizhan:{PASSWORD}@{_address(container, 5672)}//"

        def answers() -> bool:
            try:
                with open_link(url):
                    return True
            except LINK_ERRORS:
                return False

        wait_until(answers, START_TIMEOUT, "RabbitMQ in its container listening")
        yield url


@contextmanager
def postgresql_container(image: str) -> Iterator[str]:
    """Run PostgreSQL in a container; gives the SQLAlchemy address of the administrator's database."""
    container = DockerContainer(image).with_exposed_ports(5432).with_env("POSTGRES_PASSWORD", PASSWORD)
    with _running(container):
        address = f"postgres:{PASSWORD}@{_address(container, 5432)}/postgres"

        def answers() -> bool:
            try:
                with psycopg.connect(f"postgresql://{address}", connect_timeout=2):
                    return True
            except psycopg.OperationalError:
                return False

        wait_until(answers, START_TIMEOUT, "PostgreSQL in its container listening")
        yield f"postgresql+psycopg://{address}"


def image_of(variable: str, default: str) -> str:
    """The image that the environment asks for."""
    return os.environ.get(variable) or default


@contextmanager
def _running(container: Any) -> Iterator[None]:
    # The reaper is one more image to pull; what is started here is stopped here.
    testcontainers_config.ryuk_disabled = True
    container.start()
    try:
        yield
    finally:
        container.stop()


def _address(container: Any, port: int) -> str:
    return f"{container.get_container_host_ip()}:{container.get_exposed_port(port)}"
