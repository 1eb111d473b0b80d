"""``./test --containers``: docker-compose.yml from nothing, the story against it, and everything removed again.

It runs under a project name and passwords of its own, so that it meets no containers that are in use.
"""

import json
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from suite.layout import ROOT, SAMPLE_ORDER, SERVICES, Layout
from suite.preparation import CannotStart, check_ports
from suite.screen import say
from suite.secrets import new_settings
from suite.story.killing import VICTIM, kill_container

PROJECT = "yizhan-check"
UP_SECONDS = 1800
HEALTHY_SECONDS = 240


class NoEngine(Exception):
    """No container engine answers. The message says what is needed."""


class Compose:
    """docker-compose.yml of this project with secrets of its own, driven by whichever compose is there."""

    def __init__(self, env_file: Path) -> None:
        self._command = [*compose_command(), "-p", PROJECT, "--env-file", str(env_file), "--profile", "mailbox"]

    def run(self, *arguments: str, timeout: float = 120.0) -> None:
        """CalledProcessError when compose says no."""
        subprocess.run([*self._command, *arguments], cwd=ROOT, check=True, timeout=timeout, stdin=subprocess.DEVNULL)

    def load_sample(self, service: str) -> None:
        """The sample data, which a process in production refuses: this one is told that it is not."""
        environment = ("-e", "YIZHAN_ENV=development", "-e", "YIZHAN_SAMPLE=/dev/stdin")
        with (ROOT / "sample" / "centre.yaml").open("rb") as centre:
            command = [*self._command, "exec", "-T", *environment, f"{service}-worker", service, "sample"]
            subprocess.run(command, cwd=ROOT, check=True, timeout=300, stdin=centre)

    def command_line(self, service: str, arguments: tuple[str, ...]) -> str:
        """What a service's command prints, run in its web container."""
        command = [*self._command, "exec", "-T", f"{service}-web", service, *arguments]
        done = subprocess.run(
            command, cwd=ROOT, check=True, timeout=60, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
        )
        return done.stdout

    def container(self, service: str) -> str:
        """The container's id."""
        labels = (f"com.docker.compose.project={PROJECT}", f"com.docker.compose.service={service}")
        return _docker("ps", "-q", *(part for label in labels for part in ("--filter", f"label={label}"))).strip()

    def containers(self) -> dict[str, str]:
        """Health of each container by its compose service; ``running`` where it has no health check."""
        found = _docker("ps", "-aq", "--filter", f"label=com.docker.compose.project={PROJECT}").split()
        states: dict[str, str] = {}
        for row in json.loads(_docker("inspect", *found)) if found else []:
            state = row["State"]
            name = row["Config"]["Labels"]["com.docker.compose.service"]
            states[name] = state.get("Health", {}).get("Status") or state["Status"]
        return states


def compose_command() -> list[str]:
    """``docker compose`` or ``docker-compose``, with an engine that answers; NoEngine otherwise."""
    if (
        shutil.which("docker") is None
        or subprocess.run(["docker", "info"], capture_output=True, check=False).returncode
    ):
        raise NoEngine("No container engine answers: start one, or name it with DOCKER_HOST.")
    if _succeeds("docker", "compose", "version"):
        return ["docker", "compose"]
    if shutil.which("docker-compose"):
        return ["docker-compose"]
    raise NoEngine("The container engine has no compose: install docker-compose 1.29 or later.")


def check_containers() -> bool:
    """Whether everything became healthy and the story held. Says what it does; leaves nothing behind."""
    from suite.story.scenario import play_story

    with tempfile.TemporaryDirectory(prefix="yizhan-containers-") as folder:
        env_file = Path(folder) / "env"
        settings = new_settings() | {
            "YIZHAN_ENV": "production",
            "QUIET_HOURS": "none",
            "YIZHAN_SEND_LEASE": "20",
        }
        env_file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        layout = Layout.from_environment({"YIZHAN_VAR": folder})
        try:
            compose = Compose(env_file)
            check_ports(layout)
        except (NoEngine, CannotStart) as problem:
            say(str(problem))
            return False
        try:
            say("building the images and starting everything (minutes, the first time)")
            compose.run("up", "-d", "--build", timeout=UP_SECONDS)
            wait_until_healthy(compose)
            for service in SAMPLE_ORDER:
                compose.load_sample(service)
            victim = compose.container(VICTIM)
            return play_story(layout, compose.command_line, kill_container(victim)) == 0
        except (subprocess.SubprocessError, TimeoutError) as problem:
            say(f"failed: {problem}")
            compose.run("logs", "--tail", "30")
            return False
        finally:
            compose.run("down", "--volumes", "--timeout", "15", timeout=300)


def wait_until_healthy(compose: Compose) -> None:
    """Until every container with a health check is healthy; TimeoutError names those that are not."""
    deadline = time.monotonic() + HEALTHY_SECONDS
    while True:
        states = compose.containers()
        expected = [f"{service}-{role}" for service in SERVICES for role in ("web", "worker")]
        late = {name: states.get(name, "missing") for name in expected if states.get(name) != "healthy"}
        if not late:
            return
        if time.monotonic() > deadline:
            raise TimeoutError(", ".join(f"{name} is {state}" for name, state in late.items()))
        time.sleep(1)


def _succeeds(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _docker(*arguments: str) -> str:
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=True)
    return done.stdout
