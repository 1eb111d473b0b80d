"""Adding staff and tokens from the command line: for the first account, and for setting machines up."""

import sys
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

import click

from shared.principal import BODIES, ROLES, Grant
from shared.refusal import Refused
from shared.runtime import Runtime
from shared.service import Service
from shared.staff.accounts import add_account
from shared.staff.tokens import add_token

T = TypeVar("T")

_grants = click.option(
    "--grant",
    "grants",
    multiple=True,
    required=True,
    metavar="ROLE:BODY",
    help=f"Role ({', '.join(ROLES)}) in a body ({', '.join(BODIES)} or * for all). May be repeated.",
)


def parse_grants(texts: tuple[str, ...]) -> list[Grant]:
    """``role:body`` pairs; a click usage error names the wrong one."""
    grants = []
    for text in texts:
        role, _, body = text.partition(":")
        try:
            grants.append(Grant(role, body or "*"))
        except ValueError as error:
            raise click.BadParameter(f"{text}: {error}", param_hint="--grant") from error
    return grants


def commands(service: Service) -> tuple[click.Group, click.Group]:
    """The groups ``staff`` and ``token``."""
    staff = click.Group("staff", help="People who sign in.")
    token = click.Group("token", help="Tokens for other programs.")

    @staff.command("add", help="Add an account. The password is read from standard input.")
    @click.argument("username")
    @click.option("--name", required=True, help="The person's name as others see it.")
    @click.option("--language", type=click.Choice(["zh-Hans", "en"]))
    @_grants
    def add_staff(username: str, name: str, language: str | None, grants: tuple[str, ...]) -> None:
        asked = sys.stdin.isatty()
        password = click.prompt("Password", hide_input=True) if asked else sys.stdin.readline().rstrip("\n")
        roles = parse_grants(grants)
        with _runtime(service).unit_of_work() as work:
            _told(
                lambda: add_account(
                    work, username=username, name=name, password=password, grants=roles, language=language
                )
            )
        click.echo(f"{username} can sign in")

    @token.command("add", help="Make a token. It is printed once and kept nowhere.")
    @click.option("--name", required=True, help="Which program it is for.")
    @click.option("--days", default=90, show_default=True, help="How long it is valid.")
    @_grants
    def add(name: str, days: int, grants: tuple[str, ...]) -> None:
        with _runtime(service).unit_of_work() as work:
            made = _told(
                lambda: add_token(work, name=name, grants=parse_grants(grants), valid_for=timedelta(days=days))
            )
        click.echo(made)

    return staff, token


def _runtime(service: Service) -> Runtime:
    return Runtime.from_environment(service)


def _told(command: Callable[[], T]) -> T:
    """Run a command and turn a refusal into one line for the terminal."""
    try:
        return command()
    except Refused as refusal:
        raise click.ClickException(str(refusal)) from refusal
