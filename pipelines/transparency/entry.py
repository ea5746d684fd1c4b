"""Owns an entry's bytes: what a leaf of the tree holds, and how its body is committed to.

The entry is public and says nothing but kind, time and commitment; the commitment is salted, so
that body and salt can be forgotten and nobody can guess what they were.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass
from typing import Any

from pipelines.evidence.canonical import canonical
from pipelines.transparency.leaf import Kind, Leaf

SALT_BYTES = 16
_KINDS = {str(kind) for kind in Kind}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A leaf made ready for the tree. ``body``: canonical JSON."""

    kind: str
    subject: str
    at_ms: int
    commitment: bytes
    salt: bytes
    body: bytes

    @property
    def entry(self) -> bytes:
        """What the tree hashes."""
        return entry_bytes(self.kind, self.at_ms, self.commitment)


def seal(leaf: Leaf, salt: bytes | None = None) -> Sealed:
    """Commits to a leaf's body and subject, under a fresh salt where none is given.

    Raises:
        TypeError: the body has no canonical form, such as a float.
    """
    salt = secrets.token_bytes(SALT_BYTES) if salt is None else salt
    body = canonical(leaf.body)
    return Sealed(
        kind=str(leaf.kind),
        subject=leaf.subject,
        at_ms=leaf.at_ms,
        commitment=commitment(salt, leaf.subject, body),
        salt=salt,
        body=body,
    )


def commitment(salt: bytes, subject: str, body: bytes) -> bytes:
    """SHA-256 of salt and ``canonical({"body": ..., "subject": ...})``; ``body`` is canonical."""
    named = json.dumps(subject, ensure_ascii=False).encode()
    return hashlib.sha256(b'%b{"body":%b,"subject":%b}' % (salt, body, named)).digest()


def entry_bytes(kind: str, at_ms: int, committed: bytes) -> bytes:
    """``canonical({"v": 1, "kind": ..., "at_ms": ..., "commitment": hex})``."""
    named = f'"{kind}"' if kind in _KINDS else canonical(kind).decode()
    return f'{{"at_ms":{at_ms},"commitment":"{committed.hex()}","kind":{named},"v":1}}'.encode()


def read_entry(data: bytes) -> dict[str, Any]:
    """An entry taken apart: v, kind, at_ms, commitment as hex.

    Raises:
        ValueError: these are not an entry's bytes.
    """
    found = json.loads(data)
    if not isinstance(found, dict) or set(found) != {"v", "kind", "at_ms", "commitment"}:
        raise ValueError("not an entry of the log")
    return found
