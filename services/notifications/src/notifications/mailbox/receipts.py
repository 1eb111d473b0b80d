"""Sends the gateway's receipts back to whoever asked for them, again and again until they are taken."""

import hashlib
import hmac
import logging
import threading
import time
import urllib.error
import urllib.request

from notifications.mailbox.store import DueReceipt, Store

logger = logging.getLogger(__name__)
MOST_TRIES = 60
SIGNATURE_HEADER = "X-Yizhan-Signature"


class Courier(threading.Thread):
    """Posts due receipts. The body is signed: HMAC-SHA256, hexadecimal, in X-Yizhan-Signature."""

    def __init__(self, store: Store, key: str) -> None:
        super().__init__(name="receipts", daemon=True)
        self._store = store
        self._key = key.encode()
        self._stopped = threading.Event()
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def stop(self) -> None:
        self._stopped.set()

    def run(self) -> None:
        while not self._stopped.wait(0.1):
            for receipt in self._store.due_receipts(time.time()):
                if self._stopped.is_set():
                    return
                self._deliver(receipt)

    def _deliver(self, receipt: DueReceipt) -> None:
        body = receipt.body.encode()
        request = urllib.request.Request(receipt.url, data=body, method="POST")
        request.add_header("Content-Type", "application/json" if body[:1] == b"[" else "message/rfc822")
        key = b"somebody else's key" if receipt.forged else self._key
        request.add_header(SIGNATURE_HEADER, hmac.new(key, body, hashlib.sha256).hexdigest())
        try:
            with self._opener.open(request, timeout=5):
                self._store.receipt_taken(receipt.id)
        except urllib.error.HTTPError as error:
            self._again(receipt, given_up=400 <= error.code < 500)
            error.close()
        except (OSError, ValueError):
            self._again(receipt, given_up=False)

    def _again(self, receipt: DueReceipt, *, given_up: bool) -> None:
        if receipt.forged or given_up or receipt.tries >= MOST_TRIES:
            logger.warning("A receipt was not taken and is given up: %s", receipt.url)
            self._store.receipt_taken(receipt.id)
        else:
            self._store.receipt_not_taken(receipt.id, time.time() + min(2.0 ** min(receipt.tries, 5), 30.0))
