"""The page of formats suffices: a verifier written from it alone accepts what Vigil makes."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from pipelines.evidence import manifest as shapes
from pipelines.evidence.canonical import canonical
from pipelines.evidence.keys import key_id
from pipelines.transparency import leaf, merkle, note
from pipelines.transparency.checkpoint import open_checkpoint
from pipelines.transparency.entry import seal

FOLDER = Path(shapes.__file__).parent
PAGE = (FOLDER / "FORMATS.md").read_text(encoding="utf-8")
CHINESE = (FOLDER / "FORMATS.zh-CN.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def example() -> dict[str, Any]:
    """The worked example of the page."""
    (found,) = re.findall(r"```json\n(.*?)\n```", PAGE, re.DOTALL)
    read = json.loads(found)
    assert isinstance(read, dict)
    return read


def sha256(*parts: bytes) -> bytes:
    """As the page writes it: over parts one behind the other."""
    return hashlib.sha256(b"".join(parts)).digest()


def written(value: object) -> bytes:
    """Canonical JSON, from the page's words."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def test_a_reader_of_the_page_verifies_the_example(example: dict[str, Any]) -> None:
    """Nothing of Vigil is used here: only the page, SHA-256 and Ed25519."""
    raw = bytes.fromhex(example["public"])
    key = Ed25519PublicKey.from_public_bytes(raw)
    assert example["key_id"] == sha256(raw).hex()[:16]
    manifest = example["manifest"].encode()
    assert written(json.loads(manifest)) == manifest
    key.verify(bytes.fromhex(example["manifest_signature"]), manifest)

    hashes = []
    for one in example["leaves"]:
        inner = written({"body": json.loads(one["body"]), "subject": one["subject"]})
        commitment = sha256(bytes.fromhex(one["salt"]), inner).hex()
        entry = written(
            {"v": 1, "kind": one["kind"], "at_ms": one["at_ms"], "commitment": commitment}
        )
        assert (one["commitment"], one["entry"]) == (commitment, entry.decode())
        hashes.append(sha256(b"\0", entry))
        assert one["leaf_hash"] == hashes[-1].hex()
    said = json.loads(example["leaves"][2]["body"])
    assert said["manifest_sha256"] == sha256(manifest).hex() == example["manifest_sha256"]

    pair = sha256(b"\1", hashes[0], hashes[1])
    root = sha256(b"\1", pair, hashes[2])
    assert (example["node_0_1"], example["root"]) == (pair.hex(), root.hex())
    assert example["inclusion"]["path"] == [pair.hex()]
    assert example["consistency"]["proof"] == [hashes[2].hex()]

    text, signature = example["checkpoint"].split("\n\n")
    origin, size, encoded, time = text.split("\n")
    assert (size, base64.b64decode(encoded), time) == ("3", root, "at_ms 1760000003000")
    dash, name, line = signature.strip().split(" ")
    assert (dash, name) == ("—", origin)
    data = base64.b64decode(line)
    assert data[:4] == sha256(origin.encode(), b"\n\1", raw)[:4]
    key.verify(data[4:], (text + "\n").encode())
    called, hashed, public = example["vkey"].split("+", 2)
    assert (called, hashed) == (origin, data[:4].hex())
    assert base64.b64decode(public) == b"\1" + raw


def test_vigil_makes_the_example(example: dict[str, Any]) -> None:
    """The page's vectors are what the program writes and reads."""
    private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(example["seed"]))
    assert key_id(private.public_key()) == example["key_id"]
    manifest = canonical(json.loads(example["manifest"]))
    assert manifest.decode() == example["manifest"]
    assert private.sign(manifest).hex() == example["manifest_signature"]
    hashes = []
    for one in example["leaves"]:
        told = leaf.Leaf(
            kind=leaf.Kind(one["kind"]), subject=one["subject"], at_ms=one["at_ms"],
            body=json.loads(one["body"]),
        )  # fmt: skip
        sealed = seal(told, bytes.fromhex(one["salt"]))
        assert sealed.entry.decode() == one["entry"]
        hashes.append(merkle.leaf_hash(sealed.entry))
    root = merkle.tree_root(hashes)
    assert root.hex() == example["root"]
    path = [bytes.fromhex(one) for one in example["inclusion"]["path"]]
    assert merkle.includes(2, 3, hashes[2], path, root)
    opened = open_checkpoint(example["checkpoint"].encode(), [note.read_vkey(example["vkey"])])
    assert (opened.checkpoint.size, opened.checkpoint.root) == (3, root)


def test_a_changed_example_does_not_verify(example: dict[str, Any]) -> None:
    """The example would notice."""
    raw = bytes.fromhex(example["public"])
    key = Ed25519PublicKey.from_public_bytes(raw)
    changed = example["manifest"].replace("0.12", "0.13").encode()
    with pytest.raises(InvalidSignature):
        key.verify(bytes.fromhex(example["manifest_signature"]), changed)


def test_the_page_names_every_field_and_kind() -> None:
    """A field or kind that is added must be described."""
    for field in msgspec.structs.fields(shapes.Manifest):
        assert f"`{field.name}`" in PAGE or f'"{field.name}"' in PAGE, field.name
    for field in msgspec.structs.fields(shapes.SealedObject):
        assert f"`{field.name}`" in PAGE, field.name
    for kind in leaf.Kind:
        assert f"`{kind}`" in PAGE, kind
    for name in (shapes.FORMAT, "vigil-evidence-package/1", "vigil-deletion-certificate/1"):
        assert name in PAGE
    for name in (shapes.FORMAT, "vigil-deletion-certificate/1", "SHA-256", "RFC 3161", "verify.py"):
        assert name in CHINESE
