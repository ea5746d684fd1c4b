"""Owns which keys may sign: the one that the first leaf names, and each that one endorsed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from pipelines.evidence.canonical import canonical
from pipelines.transparency.note import BadNote, Verifier, read_vkey


def statement(vkey: str) -> bytes:
    """What a former key signs over the verifier key of the next."""
    return canonical({"statement": "the next key of this log", "vkey": vkey})


def trusted(key_rows: Sequence[dict[str, Any]]) -> set[str]:
    """The verifier keys that the log's leaves of kind ``key`` name, in order of index.

    A body ``{"vkey", "former", "endorsed"}`` counts where ``former`` is trusted and its signature
    (hex) is over ``statement``; the first leaf of the log needs none. Erased ones do not count.
    """
    found: set[str] = set()
    for row in key_rows:
        said = _said(row["body"])
        vkey = said.get("vkey")
        if isinstance(vkey, str) and (row["leaf_index"] == 0 or _endorsed(said, vkey, found)):
            found.add(vkey)
    return found


def _endorsed(said: dict[str, Any], vkey: str, known: set[str]) -> bool:
    former, signature = said.get("former"), said.get("endorsed")
    if former not in known or not isinstance(signature, str):
        return False
    try:
        key: Verifier = read_vkey(str(former))
        return key.accepts(statement(vkey).decode(), bytes.fromhex(signature))
    except (BadNote, ValueError):
        return False


def _said(body: Any) -> dict[str, Any]:
    try:
        found = json.loads(bytes(body or b"{}"))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
