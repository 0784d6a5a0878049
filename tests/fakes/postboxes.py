"""A real web server and a real mail server on this machine, that keep what they are sent."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Hooked:
    """`answers`: the statuses of the next requests, 200 afterwards; `got`: the bodies that came, as JSON."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.got: list[Any] = []
        self.url = ""


@contextmanager
def webhook() -> Iterator[Hooked]:
    box = Hooked()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = box.answers.pop(0) if box.answers else 200
            if status == 200:
                box.got.append(json.loads(body))
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", box.url + "elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        box.url = f"http://127.0.0.1:{server.server_address[1]}/hook?token=s3cret"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield box
        finally:
            server.shutdown()
            thread.join()


class Posted:
    """`refusing`: it takes no mail; `got`: the mails that came, as text."""

    def __init__(self) -> None:
        self.refusing = False
        self.got: list[str] = []
        self.to: list[str] = []
        self.address = ""


@contextmanager
def mail_server() -> Iterator[Posted]:
    """As much of SMTP (RFC 5321) as a client needs to leave a mail."""
    box = Posted()

    class Handler(socketserver.StreamRequestHandler):
        def say(self, text: str) -> None:
            self.wfile.write(text.encode() + b"\r\n")

        def handle(self) -> None:
            self.say("220 here")
            for line in self.rfile:
                verb = line.decode().strip().upper()
                if verb.startswith("RCPT"):
                    box.to.append(line.decode().partition("<")[2].partition(">")[0])
                if verb.startswith("MAIL") and box.refusing:
                    self.say("451 not now")
                elif verb == "DATA":
                    self.say("354 go on")
                    box.got.append(self.letter())
                    self.say("250 taken")
                elif verb == "QUIT":
                    self.say("221 bye")
                    return
                else:
                    self.say("250 fine")

        def letter(self) -> str:
            lines = []
            for line in self.rfile:
                if line.rstrip(b"\r\n") == b".":
                    break
                lines.append(line.decode())
            return "".join(lines)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        box.address = f"127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield box
        finally:
            server.shutdown()
            thread.join()
