"""The process behind ``infra.tsa``: time-stamp requests over HTTP, answered by ``openssl ts``.

Owns nothing but that; run as ``python tsa_child.py PORT OPENSSL_CONFIG``.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

MOST_BYTES = 1 << 16
KIND = "application/timestamp-reply"


def main(port: str, config: str) -> None:
    """Serves until killed, one request after the other: the serial number is a file."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            if not 0 < size <= MOST_BYTES:
                self.send_error(413)
                return
            answer = _answer(self.rfile.read(size), config)
            if answer is None:
                self.send_error(500)
                return
            self.send_response(200)
            self.send_header("Content-Type", KIND)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

    HTTPServer(("127.0.0.1", int(port)), Handler).serve_forever()


def _answer(query: bytes, config: str) -> bytes | None:
    with tempfile.TemporaryDirectory() as folder:
        asked, told = Path(folder) / "query", Path(folder) / "reply"
        asked.write_bytes(query)
        done = subprocess.run(
            ["openssl", "ts", "-reply", "-config", config, "-queryfile", asked, "-out", told],
            check=False,
        )
        return None if done.returncode else told.read_bytes()


if __name__ == "__main__":
    main(*sys.argv[1:])
