"""A small Grafana: keeps folders, data sources and dashboards, refuses wrong ones. No mock of ours:
it speaks HTTP in the shapes of Grafana's API documentation."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "glsa_right"


class Kept:
    """What the server holds."""

    def __init__(self) -> None:
        self.folders: dict[str, dict[str, Any]] = {}
        self.sources: dict[str, dict[str, Any]] = {}
        self.boards: dict[str, dict[str, Any]] = {}
        self.refuse_boards = False


@contextmanager
def grafana() -> Iterator[tuple[str, Kept]]:
    """Serves on a free port; yields the address and what is kept."""
    kept = Kept()

    class Handler(_Handler):
        held = kept

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", kept
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    held: Kept

    def do_GET(self) -> None:
        self._answer(*self._got())

    def do_POST(self) -> None:
        self._answer(*self._posted())

    def do_PUT(self) -> None:
        uid = self.path.rsplit("/", 1)[-1]
        body = self._body()
        if uid not in self.held.sources:
            return self._answer(404, {"message": "Data source not found"})
        self.held.sources[uid] = body
        return self._answer(200, {"datasource": body, "message": "Datasource updated"})

    def _got(self) -> tuple[int, dict[str, Any]]:
        kind, _, uid = self.path.removeprefix("/api/").partition("/")
        uid = uid.removeprefix("uid/")
        kept = {"folders": self.held.folders, "datasources": self.held.sources}.get(kind, {})
        return (200, kept[uid]) if uid in kept else (404, {"message": f"{kind} not found"})

    def _posted(self) -> tuple[int, dict[str, Any]]:
        body = self._body()
        if self.path == "/api/folders":
            if body.get("uid") in self.held.folders:
                return 412, {"message": "a folder with the same uid already exists"}
            self.held.folders[body["uid"]] = body
        elif self.path == "/api/datasources":
            if any(body["name"] == s["name"] for s in self.held.sources.values()):
                return 409, {"message": "data source with the same name already exists"}
            self.held.sources[body["uid"]] = body
        elif self.path == "/api/dashboards/db":
            return self._board(body)
        else:
            return 404, {"message": "Not found"}
        return 200, body

    def _board(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        board = body["dashboard"]
        if self.held.refuse_boards or body.get("folderUid") not in self.held.folders:
            return 400, {"message": "folder not found"}
        known = set(self.held.sources)
        if any(p["datasource"]["uid"] not in known for p in board["panels"]):
            return 400, {"message": "a panel names an unknown data source"}
        if board["uid"] in self.held.boards and not body.get("overwrite"):
            return 412, {"message": "The dashboard has been changed by someone else"}
        self.held.boards[board["uid"]] = board
        return 200, {"uid": board["uid"], "status": "success", "version": 1}

    def _body(self) -> dict[str, Any]:
        length = int(self.headers.get("Content-Length", "0"))
        body: dict[str, Any] = json.loads(self.rfile.read(length) or b"{}")
        return body

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            status, body = 401, {"message": "Invalid API key"}
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        return None
