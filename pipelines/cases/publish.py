"""Owns the published contract: OpenAPI, JSON Schemas and examples, as files of this package."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec

from pipelines.cases.envelope import handed_over
from pipelines.cases.sample import AT_MS, sample_case, sample_status

_FIELDS: dict[str, dict[str, Any]] = {
    "accepted": {},
    "refused": {"reason": "证据不足，不予立案 / evidence does not suffice"},
    "decided": {"decision": "penalty", "amount_fen": 50_000, "document": "2026-1"},
    "paid": {"amount_fen": 50_000},
    "closed": {"archive": {"volume": "2026-1", "index_sha256": "0" * 64}},
}


def documents() -> dict[str, bytes]:
    """Every file of the contract by its name below the folder."""
    found: dict[str, bytes] = {}
    root = files("pipelines.cases").joinpath("contract")
    for item in root.iterdir():
        if item.is_file() and item.name.endswith(".json"):
            found[item.name] = item.read_bytes()
    return found | examples()


def examples() -> dict[str, bytes]:
    """An example of every kind of message; the same at every call."""
    data = sample_case("example-case", [b"one", b"two"], seed=b"example")
    made = {"examples/case.json": handed_over("https://vigil.example", data, at_ms=AT_MS)}
    for status, fields in _FIELDS.items():
        told = sample_status("example-case", status, **fields)
        made[f"examples/status-{status}.json"] = msgspec.json.encode(told)
    return {name: msgspec.json.format(body, indent=1) + b"\n" for name, body in made.items()}


def write(folder: Path) -> list[str]:
    """Writes the contract into a folder; returns the names, in order."""
    found = documents()
    for name, content in found.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return sorted(found)
