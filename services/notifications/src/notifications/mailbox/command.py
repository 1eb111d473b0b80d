"""Starts and stops the mailbox process."""

import asyncio
import os
import signal
from pathlib import Path

import click

from notifications.mailbox.gateway import Gateway
from notifications.mailbox.listening import Door
from notifications.mailbox.receipts import Courier
from notifications.mailbox.smtp import start_smtp
from notifications.mailbox.store import Store
from notifications.mailbox.web import Site, make_server

DEVELOPMENT_RECEIPT_KEY = "development-receipt-key"


async def _serve(store: Store, host: str, smtp_port: int, http_port: int, receipts_url: str, key: str) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    doors: list[Door] = []
    site = Site(store, Gateway(store, receipts_url), lambda seconds: doors[0].close_for(seconds))
    web = Door(lambda: make_server(site, host, http_port))
    doors.append(web)
    smtp = await start_smtp(store, host, smtp_port)
    courier = Courier(store, key)
    web.start()
    courier.start()
    click.echo(f"mailbox: SMTP on {host}:{smtp_port}, page and gateways on http://{host}:{http_port}")
    await stopping.wait()
    smtp.close()
    web.stop()
    courier.stop()


@click.command("mailbox")
@click.option("--host", envvar="MAILBOX_HOST", default="127.0.0.1", show_default=True)
@click.option("--smtp-port", envvar="MAILBOX_SMTP_PORT", default=8125, show_default=True)
@click.option("--http-port", envvar="MAILBOX_PORT", default=8126, show_default=True)
@click.option("--receipts-url", envvar="MAILBOX_RECEIPTS_URL", default="", help="Default target of receipts.")
@click.option("--var", "var", envvar="YIZHAN_VAR", default="var", help="The mailbox keeps <var>/mailbox.")
def mailbox(host: str, smtp_port: int, http_port: int, receipts_url: str, var: str) -> None:
    """Run the development mailbox: SMTP sink, SMS gateway simulator, and a page that shows every message."""
    key = os.environ.get("SMS_RECEIPT_KEY") or DEVELOPMENT_RECEIPT_KEY
    store = Store(Path(var).absolute() / "mailbox" / "mailbox.db")
    try:
        asyncio.run(_serve(store, host, smtp_port, http_port, receipts_url, key))
    except OSError as error:
        raise click.ClickException(f"The mailbox cannot listen: {error.strerror or error}") from error
    finally:
        store.close()
