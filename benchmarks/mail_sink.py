"""A loopback SMTP server that takes every mail and throws it away, counting: as little work as such a server can do.

``python mail_sink.py PORT COUNT_FILE``. It offers PIPELINING as real servers do; who does not use it is not slowed.
"""

import asyncio
import mmap
import struct
import sys
from pathlib import Path


class Sink(asyncio.Protocol):
    """One connection."""

    counter: mmap.mmap

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._in_data = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while self._step():
            pass

    def _step(self) -> bool:
        end = self._buffer.find(b"\r\n.\r\n" if self._in_data else b"\r\n")
        if end < 0:
            return False
        if self._in_data:
            del self._buffer[: end + 5]
            self._in_data = False
            [count] = struct.unpack("<q", self.counter[:8])
            self.counter[:8] = struct.pack("<q", count + 1)
            self._transport.write(b"250 taken\r\n")
            return True
        word = bytes(self._buffer[: min(4, end)]).upper()
        del self._buffer[: end + 2]
        if word == b"DATA":
            self._in_data = True
            self._transport.write(b"354 go on\r\n")
        elif word == b"EHLO":
            self._transport.write(b"250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n")
        elif word == b"QUIT":
            self._transport.write(b"221 bye\r\n")
            self._transport.close()
        else:
            self._transport.write(b"250 ok\r\n")
        return True


async def serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    path = Path(sys.argv[2])
    path.write_bytes(bytes(8))
    with path.open("r+b") as file:
        Sink.counter = mmap.mmap(file.fileno(), 8)
        asyncio.run(serve(int(sys.argv[1])))
