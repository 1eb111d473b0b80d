"""A server that takes connections and never says a word, like one behind a network that drops everything."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class DeafServer:
    """Counts who connected."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=50)
        self.port: int = self._socket.getsockname()[1]
        self.connections: list[socket.socket] = []

    def listen(self) -> None:
        threading.Thread(target=self._take, name="deaf server", daemon=True).start()

    def close(self) -> None:
        self._socket.close()
        for connection in self.connections:
            connection.close()

    def _take(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.connections.append(connection)


@contextmanager
def deaf_server() -> Iterator[DeafServer]:
    server = DeafServer()
    server.listen()
    try:
        yield server
    finally:
        server.close()
