"""Receipts while the database lets nobody in: they come again."""

import hashlib
import hmac
import json
import os

import pytest

from notifications.app import create_app
from notifications.sending.sender import Sender
from notifications.testing.conditions import messages
from notifications.testing.database_away import database_away
from notifications.testing.others import Others
from shared.runtime import Runtime

KEY = "development-receipt-key"


@pytest.mark.long
def test_a_database_that_is_away_lets_receipts_come_again(runtime: Runtime, others: Others, sender: Sender) -> None:
    """A gateway tries again only after a 5xx."""
    others.registration("confirmed", others.contact(email=None))
    sender.run_once()
    [message] = messages(runtime)
    body = json.dumps([{"id": str(message.message_id), "state": "undelivered"}]).encode()
    signed = hmac.new(KEY.encode(), body, hashlib.sha256).hexdigest()
    headers = {"X-Yizhan-Signature": signed, "Content-Type": "application/json"}
    app = create_app(runtime)
    with database_away(runtime, os.environ.get("YIZHAN_TEST_POSTGRES_URL")):
        away = app.test_client().post("/api/v1/receipts/mailbox", data=body, headers=headers)
    assert 500 <= away.status_code < 600
    again = app.test_client().post("/api/v1/receipts/mailbox", data=body, headers=headers)
    assert (again.status_code, again.get_json()) == (200, {"new": 1})
    assert messages(runtime)[0].delivery == "undelivered"
