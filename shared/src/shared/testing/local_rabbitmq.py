"""A private RabbitMQ node that can be stopped, killed and restarted by fault tests."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from shared.bus.links import LINK_ERRORS, open_link
from shared.testing.local_servers import LocalServer, ServerUnavailable
from shared.testing.ports import free_port

DEBIAN_FOLDER = Path("/usr/lib/rabbitmq/bin")
"""Where Debian keeps the plain scripts; those in sbin insist on the system's own user and folders."""

CONTROL_TIMEOUT = 60


def rabbitmq_program(name: str) -> str | None:
    """Find a program of RabbitMQ on this machine."""
    if (DEBIAN_FOLDER / name).exists():
        return str(DEBIAN_FOLDER / name)
    return shutil.which(name)


class LocalRabbit(LocalServer):
    """A RabbitMQ node with an Erlang port mapper of its own; user guest, password guest, virtual host /."""

    name = "rabbitmq"

    def __init__(self, *, management: bool = False) -> None:
        server = rabbitmq_program("rabbitmq-server")
        if server is None:
            raise ServerUnavailable("RabbitMQ is not installed: install rabbitmq-server")
        super().__init__()
        self._server = server
        self._dist_port = free_port()
        self._mapper_port = free_port()
        self._management_port = free_port() if management else None
        (self.folder / "enabled_plugins").write_text("[rabbitmq_management].\n" if management else "[].\n")
        # Below this much free disk the node blocks all publishers; a test machine may well be that full.
        settings = ["disk_free_limit.absolute = 50MB"]
        if management:
            settings += ["management.tcp.ip = 127.0.0.1", f"management.tcp.port = {self._management_port}"]
        (self.folder / "rabbitmq.conf").write_text("\n".join([*settings, ""]))

    @property
    def url(self) -> str:
        """The AMQP address."""
        return f"amqp://guest:guest@127.0.0.1:{self.port}//"

    @property
    def management_url(self) -> str:
        """The address of the management API, of a node that was made with it."""
        if self._management_port is None:
            raise ValueError("this node was made without its management API")
        return f"http://127.0.0.1:{self._management_port}"

    def url_of(self, user: str, password: str, vhost: str) -> str:
        """The AMQP address for another user than guest."""
        return f"amqp://{user}:{password}@127.0.0.1:{self.port}/{vhost}"

    def command(self) -> list[str]:
        """Run the server script, which passes SIGTERM on, and in its process group the port mapper.

        A mapper that the node starts itself would outlive the node.
        """
        mapper = shutil.which("epmd") or "epmd"
        script = '"$1" -port "$2" -address 127.0.0.1 & exec "$3"'
        return ["sh", "-c", script, "rabbitmq", mapper, str(self._mapper_port), self._server]

    def environment(self) -> Mapping[str, str]:
        """Everything that a node would otherwise share with the system's own node."""
        folder = str(self.folder)
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("RABBITMQ_", "ERL_"))}
        return inherited | {
            "HOME": folder,
            "RABBITMQ_NODENAME": f"yizhan-{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self._dist_port),
            "RABBITMQ_MNESIA_BASE": f"{folder}/mnesia",
            "RABBITMQ_LOG_BASE": f"{folder}/log",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{folder}/enabled_plugins",
            "RABBITMQ_FEATURE_FLAGS_FILE": f"{folder}/feature_flags",
            "RABBITMQ_CONFIG_FILE": f"{folder}/rabbitmq.conf",
            "RABBITMQ_ADVANCED_CONFIG_FILE": f"{folder}/none.config",
            "RABBITMQ_CONF_ENV_FILE": os.devnull,
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(self._mapper_port),
        }

    def answers(self) -> bool:
        """Whether a login works; the port listens before that."""
        try:
            with open_link(self.url):
                return True
        except LINK_ERRORS:
            return False

    def control(self, *arguments: str) -> str:
        """Run rabbitmqctl on this node and return what it prints."""
        program = rabbitmq_program("rabbitmqctl")
        if program is None:
            raise ServerUnavailable("rabbitmqctl is not installed: install rabbitmq-server")
        done = subprocess.run(
            [program, *arguments],
            env=dict(self.environment()),
            capture_output=True,
            text=True,
            timeout=CONTROL_TIMEOUT,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"rabbitmqctl {arguments[0]}: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout
