"""A TCP proxy for fault tests: it can cut its connections, and swallow what goes one way or the other."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit, urlunsplit

TO_SERVER = "to-server"
TO_CLIENT = "to-client"
_CHUNK = 65536


class _Pair:
    """One connection through the proxy: what each side sends goes to the other, unless it is swallowed."""

    def __init__(self, client: socket.socket, server: socket.socket) -> None:
        self.ends = (client, server)
        self.swallowed: set[str] = set()
        for source, target, way in ((client, server, TO_SERVER), (server, client, TO_CLIENT)):
            threading.Thread(target=self._pump, args=(source, target, way), daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket, way: str) -> None:
        try:
            while data := source.recv(_CHUNK):
                if way not in self.swallowed:
                    target.sendall(data)
        except OSError:
            pass
        self.cut()

    def cut(self) -> None:
        for end in self.ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


class Proxy:
    """Stands before a server on this machine. ``with Proxy(url) as proxy`` and connect to ``proxy.url``."""

    def __init__(self, server_url: str) -> None:
        self._server_url = server_url
        parts = urlsplit(server_url)
        self._server = (parts.hostname or "127.0.0.1", parts.port or 5672)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._pairs: list[_Pair] = []
        self._lock = threading.Lock()
        self._accepting = threading.Thread(target=self._accept, daemon=True)

    @property
    def url(self) -> str:
        """The server's address, by way of this proxy."""
        parts = urlsplit(self._server_url)
        user = parts.netloc.rpartition("@")[0]
        netloc = f"{user}@127.0.0.1:{self._listener.getsockname()[1]}"
        return urlunsplit(parts._replace(netloc=netloc))

    @property
    def connections(self) -> int:
        """How many connections were made through it so far."""
        return len(self._pairs)

    def cut(self) -> None:
        """End every connection; new ones are taken."""
        with self._lock:
            pairs = list(self._pairs)
        for pair in pairs:
            pair.cut()

    def swallow(self, *ways: str) -> None:
        """From now on lose what goes these ways on the connections that stand; new ones work."""
        with self._lock:
            for pair in self._pairs:
                pair.swallowed.update(ways)

    def __enter__(self) -> Self:
        self._accepting.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # A thread that waits in accept() is not woken by close() alone.
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._accepting.join()
        self.cut()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(self._server, timeout=5)
            except OSError:
                client.close()
                continue
            server.settimeout(None)
            with self._lock:
                self._pairs.append(_Pair(client, server))
