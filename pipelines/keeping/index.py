"""Owns what a mirror holds and how it is found again without us: one signed index in it.

Everything in a mirror is an object by its SHA-256. The index is one too; it is known by how it
begins, so that whoever has nothing but the mirror finds the newest. Must not copy anything.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import msgspec

from pipelines.evidence.canonical import canonical
from pipelines.evidence.keys import Keys
from pipelines.vault.types import Vault

FORMAT = "vigil-mirror-index/1"
LEAVES = 1000
"""Leaves of the log in one page."""

_BEGINS = b'{"a_format":"vigil-mirror-index/1",'  # keys are sorted: this one comes first


class LeafPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the log's leaves, one JSON object a line; ``bodies``: how many still have one."""

    sha256: str
    leaves: int
    bodies: int


class Index(msgspec.Struct, frozen=True, kw_only=True):
    """What a mirror holds; values are digests of objects in it.

    Attributes:
        checkpoint: the newest signed note, as text.
        pins: by evidence id: manifest with its signature.
        certificates: of deletion, by certificate id, with their signatures.
        stamps: RFC 3161 answers with the note they stamp, by ``size/authority``.
        checkpoints: earlier notes, by tree size.
        keys: public keys as PEM text, by id.
        objects: digests of all sealed objects.
        let_go: digests that were here and went under a certificate.
    """

    a_format: str = FORMAT
    at_ms: int
    checkpoint: str
    tree_size: int
    pins: dict[str, str]
    certificates: dict[str, str]
    leaves: list[LeafPage]
    stamps: dict[str, str]
    checkpoints: dict[str, str]
    keys: dict[str, str]
    objects: list[str]
    let_go: list[str]

    @property
    def documents(self) -> set[str]:
        """Digests of all that is not a sealed object."""
        named = (self.pins, self.certificates, self.stamps, self.checkpoints)
        found = {sha256 for one in named for sha256 in one.values()}
        return found | {page.sha256 for page in self.leaves}


def write(index: Index, keys: Keys) -> bytes:
    """The index under a signature."""
    body = msgspec.to_builtins(index)
    signature = base64.b64encode(keys.sign(canonical(body))).decode()
    return canonical(body | {"z_key_id": keys.key_id, "z_signature": signature})


def read(data: bytes, keys: Keys) -> Index:
    """Reads an index that one of our keys must have signed.

    Raises:
        ValueError: it is none, or no known key's signature fits.
    """
    try:
        body = msgspec.json.decode(data, type=dict[str, Any])
        key_id, signature = str(body.pop("z_key_id", "")), str(body.pop("z_signature", ""))
        index = msgspec.convert(body, Index)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise ValueError(f"no index: {error}") from error
    if not keys.verify(key_id, canonical(body), base64.b64decode(signature)):
        raise ValueError("no key of ours signed this index")
    return index


def indexes(vault: Vault) -> Iterator[str]:
    """The digest of every object that begins as an index does; all objects are looked at."""
    for name in vault.walk():
        try:
            if vault.size(name) > len(_BEGINS):
                begins = b"".join(vault.chunks(name, 0, len(_BEGINS) - 1))
                if begins == _BEGINS:
                    yield name
        except (ValueError, FileNotFoundError):  # a name that is no digest: told elsewhere
            continue
