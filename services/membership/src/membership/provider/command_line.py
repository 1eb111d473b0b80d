"""``membership client``: programs that are no service of this suite and let people sign in here."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from shared.runtime import Runtime


@click.group("client", help="Programs that let people sign in here, besides the services of the suite.")
def clients() -> None:
    """The group; each command opens its own unit of work."""


@clients.command("add", help="Register a program. Its secret is printed once and kept nowhere.")
@click.argument("client_id")
@click.option("--name", required=True, help="What it is called.")
@click.option("--redirect-uri", "redirect_uris", multiple=True, required=True, help="Where it is answered, exactly.")
@click.option("--after-sign-out", multiple=True, help="Where people may be sent after signing out, exactly.")
@click.option("--back-channel", help="Where it wants to be told of a sign-out.")
def add(
    client_id: str, name: str, redirect_uris: tuple[str, ...], after_sign_out: tuple[str, ...], back_channel: str | None
) -> None:
    from membership.provider.clients import add_client
    from shared.refusal import Refused

    try:
        with _runtime().unit_of_work() as work:
            secret = add_client(
                work,
                client_id=client_id,
                name=name,
                redirect_uris=redirect_uris,
                after_sign_out=after_sign_out,
                back_channel=back_channel,
            )
    except Refused as refused:
        raise click.ClickException(str(refused)) from refused
    click.echo(secret)


@clients.command("list", help="Which programs are registered.")
def show() -> None:
    from membership.provider.clients import list_clients

    with _runtime().reading() as session:
        for client in list_clients(session):
            state = "revoked" if client.revoked_at else "registered"
            click.echo(f"{client.client_id:<24} {state:<12} {client.name}  {' '.join(client.redirect_uris)}")


@clients.command("revoke", help="Refuse a program from now on.")
@click.argument("client_id")
def revoke(client_id: str) -> None:
    from membership.provider.clients import revoke_client
    from shared.refusal import Refused

    try:
        with _runtime().unit_of_work() as work:
            revoke_client(work, client_id)
    except Refused as refused:
        raise click.ClickException(str(refused)) from refused
    click.echo(f"{client_id} is refused from now on")


@clients.command("change-keys", help="Sign with a new key from now on. Tokens under the old one stay good for a day.")
def change() -> None:
    from membership.provider.keys import change_keys

    change_keys(_runtime(), at_once=True)
    click.echo("a new key signs from now on")


def _runtime() -> "Runtime":
    from membership.service import SERVICE
    from shared.runtime import Runtime

    return Runtime.from_environment(SERVICE)
