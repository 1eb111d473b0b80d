"""The command line that every service has. Each command imports only what it needs: a worker loads no web, and
``health``, which an engine runs again and again, nothing but the standard library and click."""

import importlib
import importlib.util
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from shared.settings import MissingSetting, Settings

if TYPE_CHECKING:
    from shared.service import Service

WORKER_ROLES = ("relay", "receive", "process", "timers")


class _Commands(click.Group):
    """A group that turns a missing setting into one sentence, and knows the commands of deliveries when asked."""

    def __init__(self, name: str, load: Any) -> None:
        super().__init__(name, help=f"The {name} service of Yizhan.")
        self._load: Any = load

    def list_commands(self, ctx: click.Context) -> list[str]:
        self._complete()
        return super().list_commands(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.commands:
            self._complete()
        return super().get_command(ctx, cmd_name)

    def _complete(self) -> None:
        if self._load is not None:
            from shared.operations import delivery_commands

            load, self._load = self._load, None
            for command in delivery_commands.commands(load):
                self.add_command(command)

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except MissingSetting as missing:
            raise click.ClickException(str(missing)) from missing


def command_line(service_import: str) -> click.Group:
    """The group for ``package.module:NAME``; a service adds its own commands to it."""
    module, _, attribute = service_import.partition(":")
    name = module.partition(".")[0]

    def load() -> "Service":
        found: Service = getattr(importlib.import_module(module), attribute)
        return found

    group = _Commands(name, load)
    _add_processes(group, load, name)
    _add_database(group, load, name)
    _add_bus(group, load)
    group.add_command(_contracts(load))
    group.add_command(_LazyAccounts("staff", load))
    group.add_command(_LazyAccounts("token", load))
    return group


class _LazyAccounts(click.Group):
    """``staff`` and ``token``, imported when they are asked for."""

    def __init__(self, name: str, load: Any) -> None:
        helps = {"staff": "People who sign in.", "token": "Tokens for other programs."}
        super().__init__(name, help=helps[name])
        self._load = load

    def _group(self) -> click.Group:
        from shared.operations.accounts import commands

        staff, token = commands(self._load())
        return staff if self.name == "staff" else token

    def list_commands(self, ctx: click.Context) -> list[str]:
        return self._group().list_commands(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return self._group().get_command(ctx, cmd_name)


def _add_processes(group: click.Group, load: Any, name: str) -> None:
    @group.command(help="Serve pages and API with gunicorn.")
    def web() -> None:
        from shared.operations.serving import serve

        serve(load(), Settings.from_environment(name))

    @group.command(help="Publish, receive, process events, and run timers, until told to stop.")
    @click.option(
        "--roles",
        default=",".join(WORKER_ROLES),
        show_default=True,
        help="Only these, separated by commas.",
    )
    def worker(roles: str) -> None:
        from shared.operations.logs import configure
        from shared.runtime import Runtime
        from shared.worker.main import run_worker

        chosen = [role.strip() for role in roles.split(",") if role.strip()]
        unknown = set(chosen) - set(WORKER_ROLES)
        if unknown:
            raise click.BadParameter(f"unknown: {', '.join(sorted(unknown))}", param_hint="--roles")
        configure(name, "worker")
        sys.exit(run_worker(Runtime.from_environment(load()), chosen))

    @group.command(help="Ask the web process whether it is ready; exit code 0 when it is.")
    @click.option("--worker", is_flag=True, help="Ask the worker instead.")
    def health(worker: bool) -> None:
        settings = Settings.from_environment(name)
        host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host
        port = settings.worker_port if worker else settings.port
        try:
            with urllib.request.urlopen(f"http://{host}:{port}/readyz", timeout=5) as answer:
                click.echo(answer.read().decode())
        except urllib.error.HTTPError as refused:
            click.echo(refused.read().decode())
            sys.exit(1)
        except OSError as error:
            raise click.ClickException(f"{name} does not answer on port {port}: {error}") from error


def _add_database(group: click.Group, load: Any, name: str) -> None:
    @group.command(help="Bring the database to the schema of this code, and declare queues and bindings.")
    def migrate() -> None:
        from shared.bus import connect
        from shared.bus.links import LINK_ERRORS, error_text
        from shared.database import Database
        from shared.database.migrate import migrate as upgrade
        from shared.runtime import Runtime
        from shared.worker.declaring import declare

        service = load()
        settings = Settings.from_environment(name)
        upgrade(service, Database(settings.migration_database_url))
        click.echo(f"{name}: the database is up to date")
        runtime = Runtime(service, settings)
        _seed(name, runtime)
        try:
            declared = declare(runtime, connect(settings.bus_url))
        except LINK_ERRORS as error:
            why = error_text(error, settings.bus_url)
            click.echo(f"{name}: the bus is away ({why}); the worker will declare its queues")
            return
        for each in sorted(declared.forbidden):
            click.echo(f"{name}: {each}; the worker will try again")
        if declared.missing:
            click.echo(f"{name}: not there yet: {', '.join(sorted(declared.missing))}; the worker will bind to them")

    if importlib.util.find_spec(f"{name}.sample") is not None:

        @group.command(help="Load the sample data of this service. Twice changes nothing. Refused in production.")
        def sample() -> None:
            from shared.runtime import Runtime

            runtime = Runtime.from_environment(load())
            if runtime.settings.production:
                raise click.ClickException("sample data is not for production")
            importlib.import_module(f"{name}.sample").load(runtime)


def _seed(name: str, runtime: Any) -> None:
    """What a service cannot be without, such as its first rules: its ``seed.plant``, where it has one."""
    if importlib.util.find_spec(f"{name}.seed") is not None:
        importlib.import_module(f"{name}.seed").plant(runtime)


def _add_bus(group: click.Group, load: Any) -> None:
    @group.command("ask-for-replay", help="Ask PUBLISHER for its events of late, once more; those known do nothing.")
    @click.argument("publisher")
    @click.option("--since", required=True, help="Recorded from then on, as in 2026-11-23T08:00:00+08:00.")
    def ask_again(publisher: str, since: str) -> None:
        from contextlib import closing
        from datetime import datetime

        from shared.inbox.requests import ask_for_replay
        from shared.runtime import Runtime

        service = load()
        found = [reactions for reactions in service.reactions if reactions.publisher == publisher]
        if not found:
            raise click.ClickException(f"{service.name} reads nothing from {publisher}")
        try:
            moment = datetime.fromisoformat(since)
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint="--since") from error
        with closing(Runtime.from_environment(service)) as runtime, runtime.unit_of_work() as work:
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=runtime.settings.time_zone)
            for reactions in found:
                ask_for_replay(work, service, reactions, since=moment)
                click.echo(f"asked {publisher} for {reactions.exchange} since {moment.isoformat()}")


def _contracts(load: Any) -> click.Command:
    @click.command(help="Write what this service promises and needs under contracts/; nothing while a promise breaks.")
    @click.option("--to", default="contracts", type=click.Path(path_type=Path), show_default=True)
    @click.option("--check", is_flag=True, help="Change nothing; fail when something is out of date.")
    @click.option("--retire", metavar="NAME", help="Take back an event, queue or exchange that nobody needs any more.")
    def contracts(to: Path, check: bool, retire: str | None) -> None:
        from shared.operations.contracts import PromiseBroken, unmet, write
        from shared.operations.contracts import retire as take_back

        try:
            if retire:
                take_back(load(), to, retire)
            changed = write(load(), to, check=check)
            missing = unmet(load(), to)
        except ValueError as refusal:
            raise click.ClickException(str(refusal)) from refusal
        except PromiseBroken as broken:
            for breach in broken.breaches:
                click.echo(f"broken promise: {breach}", err=True)
            for advice in dict.fromkeys(breach.advice for breach in broken.breaches if breach.advice):
                click.echo(advice, err=True)
            raise click.ClickException("nothing was written") from broken
        for path in changed:
            click.echo(f"{'out of date' if check else 'written'}: {path}")
        for need in missing:
            click.echo(f"unmet need: {need}", err=True)
        if missing or (check and changed):
            sys.exit(1)

    return contracts
