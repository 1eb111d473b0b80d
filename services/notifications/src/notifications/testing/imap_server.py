"""A small IMAP server over TLS with one folder, for tests: the few words of RFC 3501 that a reader of bounces needs."""

import re
import socketserver
import ssl
import threading
from pathlib import Path
from typing import Any, ClassVar


class ImapServer:
    """`mails` are what lies in the folder, by uid; `flags` what was said of them."""

    def __init__(self, certificate: Path) -> None:
        self.mails: dict[int, bytes] = {}
        self.flags: dict[int, set[str]] = {}
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
        owner = self

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True

            def get_request(self) -> Any:
                link, address = super().get_request()
                return context.wrap_socket(link, server_side=True), address

            def handle_error(self, request: Any, client_address: Any) -> None:
                """A client that refuses our certificate is what a test wanted."""

        class Handler(_Session):
            server_data: ClassVar[ImapServer] = owner

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def add(self, mail: bytes) -> int:
        uid = len(self.flags) + 1
        self.mails[uid], self.flags[uid] = mail, set()
        return uid

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Session(socketserver.StreamRequestHandler):
    server_data: ClassVar[ImapServer]

    def handle(self) -> None:
        self.wfile.write(b"* OK ready\r\n")
        for line in self.rfile:
            tag, _, rest = line.decode().strip().partition(" ")
            word = rest.split(" ", 2)
            name = word[0].upper() if word[0].upper() != "UID" else f"UID {word[1].upper()}"
            self._answer(tag, name, rest)
            if name == "LOGOUT":
                return

    def _answer(self, tag: str, name: str, rest: str) -> None:
        state = "OK"
        if name == "CAPABILITY":
            self._say("CAPABILITY IMAP4rev1")
        elif name == "LOGIN" and '"p@ss"' not in rest:
            state = "NO"
        elif name == "UID SEARCH":
            waiting = (
                uid for uid, flags in self.server_data.flags.items() if uid in self.server_data.mails and not flags
            )
            self._say("SEARCH " + " ".join(map(str, waiting)))
        elif name == "UID FETCH":
            self._fetch(int(rest.split(" ")[2]), rest)
        elif name == "UID STORE":
            self.server_data.flags[int(rest.split(" ")[2])] |= set(re.findall(r"\\(\w+)", rest))
        elif name == "EXPUNGE":
            for uid in [uid for uid, flags in self.server_data.flags.items() if "Deleted" in flags]:
                self.server_data.mails.pop(uid, None)
        self.wfile.write(f"{tag} {state} done\r\n".encode())

    def _fetch(self, uid: int, rest: str) -> None:
        mail = self.server_data.mails[uid]
        if "SIZE" in rest:
            self._say(f"{uid} FETCH (UID {uid} RFC822.SIZE {len(mail)})")
        else:
            self.wfile.write(f"* {uid} FETCH (UID {uid} BODY[] {{{len(mail)}}}\r\n".encode() + mail + b")\r\n")

    def _say(self, text: str) -> None:
        self.wfile.write(f"* {text}\r\n".encode())
