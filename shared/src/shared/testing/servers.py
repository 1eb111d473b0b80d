"""A real RabbitMQ and a real PostgreSQL for tests, wherever the tests run.

In this order: one that the environment names, a container, a local installation on a free port in a temporary
folder, and on Debian as root an installation made for the purpose. Never a fake, never skipped.
"""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from shared.testing.containers import (
    POSTGRES_IMAGE,
    RABBITMQ_IMAGE,
    has_image,
    image_of,
    postgresql_container,
    rabbitmq_container,
)
from shared.testing.local_postgresql import LocalPostgres, postgresql_program
from shared.testing.local_rabbitmq import LocalRabbit, rabbitmq_program
from shared.testing.local_servers import LocalServer, ServerUnavailable

__all__ = [
    "LocalPostgres",
    "LocalRabbit",
    "ServerUnavailable",
    "local_postgresql",
    "local_rabbitmq",
    "postgresql",
    "rabbitmq",
]

INSTALL_TIMEOUT = 600


@contextmanager
def rabbitmq() -> Iterator[str]:
    """Give the address of a RabbitMQ that may be filled with anything; raises ServerUnavailable."""
    given = os.environ.get("YIZHAN_TEST_AMQP_URL")
    if given:
        yield given
        return
    image = image_of("RABBITMQ_IMAGE", RABBITMQ_IMAGE)
    with _stopped_at_exit() as stack:
        yield stack.enter_context(rabbitmq_container(image)) if has_image(image) else _local(stack, local_rabbitmq)


@contextmanager
def postgresql() -> Iterator[str]:
    """Give the administrator's SQLAlchemy address of a PostgreSQL; raises ServerUnavailable."""
    given = os.environ.get("YIZHAN_TEST_POSTGRES_URL")
    if given:
        yield given
        return
    image = image_of("POSTGRES_IMAGE", POSTGRES_IMAGE)
    with _stopped_at_exit() as stack:
        yield stack.enter_context(postgresql_container(image)) if has_image(image) else _local(stack, local_postgresql)


def local_rabbitmq(*, management: bool = False) -> LocalRabbit:
    """Make a node for tests that stop and kill it, not started yet; installs RabbitMQ where that is possible."""
    if rabbitmq_program("rabbitmq-server") is None:
        install("rabbitmq-server", "RabbitMQ")
    return LocalRabbit(management=management)


def local_postgresql() -> LocalPostgres:
    """Make a server for tests that stop and kill it, not started yet; installs PostgreSQL where possible."""
    if postgresql_program("initdb") is None:
        install("postgresql", "PostgreSQL")
    return LocalPostgres()


def install(package: str, product: str) -> None:
    """Install a Debian package without starting its system service; raises ServerUnavailable."""
    advice = f"{product} for the tests is missing: start a container engine, or install the package {package}"
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise ServerUnavailable(advice)
    policy = "/usr/sbin/policy-rc.d"
    had_policy = os.path.exists(policy)
    if not had_policy:
        # Debian's way to say that no service may be started while packages are installed.
        with open(policy, "w", encoding="ascii") as file:
            file.write("#!/bin/sh\nexit 101\n")
        os.chmod(policy, 0o755)
    try:
        for arguments in (["update", "-q"], ["install", "-qy", "--no-install-recommends", package]):
            subprocess.run(
                ["apt-get", *arguments],
                env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
                stdout=subprocess.DEVNULL,
                stdin=subprocess.DEVNULL,
                timeout=INSTALL_TIMEOUT,
                check=True,
            )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise ServerUnavailable(f"{advice} (apt-get could not: {error})") from error
    finally:
        if not had_policy:
            os.unlink(policy)


def _local(stack: ExitStack, make: Callable[[], LocalServer]) -> str:
    server = make()
    # Also when starting fails, the folder goes.
    stack.callback(server.close)
    return server.start().url


@contextmanager
def _stopped_at_exit() -> Iterator[ExitStack]:
    """Close what was opened at the latest when this process (not a forked child of it) exits."""
    owner = os.getpid()
    stack = ExitStack()

    def close() -> None:
        if os.getpid() == owner:
            stack.close()

    atexit.register(close)
    try:
        yield stack
    finally:
        close()
        atexit.unregister(close)
