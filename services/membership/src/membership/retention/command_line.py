"""``membership retention``: the same steps as on the page, for who looks after the server."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from shared.runtime import Runtime


@click.group("retention", help="What is kept no longer: look, mark, undo. The worker removes when the window is over.")
def retention_commands() -> None:
    """The group; each command opens its own unit of work."""


@retention_commands.command("show", help="What is due. Nothing happens.")
def show() -> None:
    from membership.retention.queries import dry_run
    from membership.settings import Centre
    from shared.principal import SYSTEM

    runtime = _runtime()
    centre = Centre.of(runtime.settings)
    with runtime.reading() as session:
        found = dry_run(session, SYSTEM, centre.today(runtime.clock()), centre)
    for one in found.due:
        click.echo(f"{one.ended_on}  {one.rule:<8} {one.subject_id}")
    click.echo(f"{len(found.due)} due{', above the cap' if found.over_cap else ''}")


@retention_commands.command("mark", help="Mark what is due. EXPECTED is the number that show printed.")
@click.argument("expected", type=int)
@click.option("--above-the-cap", is_flag=True, help="Go on although it is more than one run may mark.")
def mark(expected: int, above_the_cap: bool) -> None:
    from membership.retention.commands import mark_what_is_due
    from membership.settings import Centre
    from shared.refusal import Refused

    runtime = _runtime()
    said = expected if above_the_cap else None
    try:
        with runtime.unit_of_work() as work:
            run = mark_what_is_due(work, expected=expected, said=said, centre=Centre.of(runtime.settings))
    except Refused as refused:
        raise click.ClickException(str(refused)) from refused
    click.echo(f"{run.id} is marked; it can be undone until {run.final_from:%Y-%m-%d %H:%M} UTC")


@retention_commands.command("undo", help="Keep everything that a run marked and that was not removed yet.")
@click.argument("run_id", type=click.UUID)
def undo(run_id: click.UUID) -> None:
    from membership.retention.commands import undo_run
    from membership.retention.queries import get_run
    from shared.refusal import Refused

    try:
        with _runtime().unit_of_work() as work:
            undo_run(work, run_id, version=get_run(work.session, run_id).version)
    except Refused as refused:
        raise click.ClickException(str(refused)) from refused
    click.echo("undone")


def _runtime() -> "Runtime":
    from membership.service import SERVICE
    from shared.runtime import Runtime

    return Runtime.from_environment(SERVICE)
