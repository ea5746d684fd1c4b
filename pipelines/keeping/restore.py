"""Owns the test that a mirror can be restored: all that proves, and a share of the objects.

Reads the mirror alone, into a scratch folder, and holds it against our public keys, the log's
signed checkpoint and the live log. Changes nothing but what it writes into the scratch folder.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from pipelines.evidence.canonical import sha256_hex
from pipelines.evidence.keys import Keys
from pipelines.keeping.index import Index, indexes, read
from pipelines.keeping.mirror import Tell, lines
from pipelines.store import Database
from pipelines.transparency.checkpoint import SignedCheckpoint
from pipelines.transparency.entry import commitment, entry_bytes
from pipelines.transparency.merkle import Range, leaf_hash
from pipelines.transparency.note import BadNote
from pipelines.transparency.place import ours
from pipelines.transparency.tree import root_at
from pipelines.vault.types import Vault


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong with a mirror.

    Attributes:
        kind: ``missing``, ``changed``, ``signature``, ``leaf``, ``root``, ``not_logged``,
            ``rolled_back``, ``forked``, ``unlisted`` or ``no_index``.
        what: the object, pin, certificate, leaf or checkpoint.
    """

    kind: str
    what: str
    detail: str


class Restored(msgspec.Struct, frozen=True, kw_only=True):
    """The report of a test: what was restored, and every fault by name."""

    format: str = "vigil-restore-test/1"
    target: str
    at_ms: int
    seed: int
    share: str
    index_sha256: str
    tree_size: int
    objects: int
    restored: int
    restored_bytes: int
    pins: int
    certificates: int
    leaves: int
    faults: list[Fault]


@dataclass(slots=True, kw_only=True)
class _Test:
    """A test under way."""

    mirror: Vault
    keys: Keys
    scratch: Path
    faults: list[Fault] = field(default_factory=list)
    size_bytes: int = 0

    def fault(self, kind: str, what: str, detail: str) -> None:
        self.faults.append(Fault(kind=kind, what=what, detail=detail))

    def fetch(self, sha256: str, folder: str) -> Path | None:
        """Restores one object; None, and a fault, where it is not what its name says."""
        target = self.scratch / folder / sha256
        target.parent.mkdir(parents=True, exist_ok=True)
        found = hashlib.sha256()
        try:
            with target.open("wb") as file:
                for piece in self.mirror.chunks(sha256):
                    found.update(piece)
                    self.size_bytes += file.write(piece)
        except FileNotFoundError:
            target.unlink()
            self.fault("missing", sha256, f"{folder}: not in the mirror")
            return None
        if found.hexdigest() != sha256:
            self.fault("changed", sha256, f"{folder}: its bytes hash to {found.hexdigest()}")
            return None
        return target

    def document(self, sha256: str, folder: str) -> dict[str, Any] | None:
        path = self.fetch(sha256, folder)
        if path is None:
            return None
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Any])


async def restore_test(
    database: Database, mirror: Vault, keys: Keys, *, name: str, scratch: Path, share: float,
    seed: int, now_ms: int, tell: Tell | None = None,
) -> Restored:  # fmt: skip
    """Restores all that proves and a share (0 to 1, drawn by ``seed``) of the objects.

    Raises:
        Transient: database or mirror is away.
    """
    test = _Test(mirror=mirror, keys=keys, scratch=scratch)
    last = await database.row("mirror_last_run", target=name)
    wanted = last["index_sha256"] if last else ""
    found = await asyncio.to_thread(_newest, test, wanted)
    sha256, index = found or ("", None)
    drawn: list[str] = []
    if index is not None:
        drawn = _drawn(index.objects, share, seed)
        if last and index.tree_size < last["tree_size"]:
            test.fault("rolled_back", name, f"the mirror's log has {index.tree_size} leaves, the "
                       f"last run left {last['tree_size']} there")  # fmt: skip
        await asyncio.to_thread(_prove, test, index, drawn, tell)
        await _continues(database, test, index)
    report = Restored(
        target=name, at_ms=now_ms, seed=seed, share=str(share), index_sha256=sha256,
        tree_size=index.tree_size if index else 0, objects=len(index.objects) if index else 0,
        restored=len(drawn), restored_bytes=test.size_bytes,
        pins=len(index.pins) if index else 0,
        certificates=len(index.certificates) if index else 0,
        leaves=sum(page.leaves for page in index.leaves) if index else 0, faults=test.faults,
    )  # fmt: skip
    await database.execute(
        "mirror_tested", target=name, at_ms=now_ms, seed=seed, share=share, restored=len(drawn),
        faults=len(test.faults), report=msgspec.json.encode(report),
    )  # fmt: skip
    return report


def _newest(test: _Test, wanted: str) -> tuple[str, Index] | None:
    found = []
    for sha256 in indexes(test.mirror):
        path = test.fetch(sha256, "index")
        if path is None:
            continue
        try:
            found.append((sha256, read(path.read_bytes(), test.keys)))
        except ValueError as error:
            test.fault("signature", sha256, f"index: {error}")
    if wanted and wanted not in {sha256 for sha256, _ in found}:
        test.fault("missing", wanted, "index: the one that the last run wrote is not whole")
    newest = max(found, key=lambda one: one[1].at_ms, default=None)
    if newest is None:
        test.fault("no_index", "index", "no index that our keys signed: nothing tells what is here")
    return newest


def _prove(test: _Test, index: Index, drawn: list[str], tell: Tell | None) -> None:
    """Everything that can be proven of the mirror alone, with our public keys."""
    for key_id, pem in index.keys.items():
        if not test.keys.knows(key_id) or test.keys.public_pem(key_id).decode() != pem:
            test.fault("signature", key_id, "a key that is not ours, or not as we have it")
    logged = _log(test, index)
    for evidence_id, sha256 in index.pins.items():
        _pin(test, index, evidence_id, sha256, logged)
    for certificate_id, sha256 in index.certificates.items():
        _certificate(test, certificate_id, sha256, logged)
    for folder, named in (("stamps", index.stamps), ("checkpoints", index.checkpoints)):
        for sha256 in named.values():
            test.fetch(sha256, folder)
    for done, sha256 in enumerate(drawn):
        test.fetch(sha256, "objects")
        if tell:
            tell(done + 1, len(drawn))


def _pin(test: _Test, index: Index, evidence_id: str, sha256: str, logged: set[str]) -> None:
    said = test.document(sha256, "pins")
    if said is None:
        return
    manifest = said["manifest"].encode()
    if not test.keys.verify(said["key_id"], manifest, base64.b64decode(said["signature"])):
        test.fault("signature", evidence_id, "the manifest's signature does not fit")
    if sha256_hex(manifest) not in logged:
        test.fault("not_logged", evidence_id, "no leaf of the mirrored log tells of this manifest")
        return  # nothing vouches for what it names
    there = {*index.objects, *index.let_go}
    for entry in msgspec.json.decode(manifest)["objects"]:
        if entry["sha256"] not in there:
            test.fault("unlisted", entry["sha256"], f"named by pin {evidence_id}, not mirrored")


def _certificate(test: _Test, certificate_id: str, sha256: str, logged: set[str]) -> None:
    said = test.document(sha256, "certificates")
    if said is None:
        return
    body = said["body"].encode()
    if sha256_hex(body) != certificate_id:
        test.fault("changed", certificate_id, "the certificate's bytes are not what it is named by")
    if not test.keys.verify(said["key_id"], body, base64.b64decode(said["signature"])):
        test.fault("signature", certificate_id, "the certificate's signature does not fit")
    if certificate_id not in logged:
        test.fault("not_logged", certificate_id, "no leaf of the mirrored log tells of it")


def _log(test: _Test, index: Index) -> set[str]:
    """Rebuilds the tree from the leaves; returns what pins and certificates its bodies name."""
    tree, named = Range(), set()
    for leaf in _leaves(test, index):
        committed = base64.b64decode(leaf["commitment"])
        tree.append(leaf_hash(entry_bytes(leaf["kind"], leaf["at_ms"], committed)))
        if leaf["body"] is None:
            continue
        body, salt = leaf["body"].encode(), base64.b64decode(leaf["salt"])
        if commitment(salt, leaf["subject"], body) != committed:
            test.fault("leaf", str(leaf["leaf_index"]), "its body is not what was committed to")
            continue
        said = msgspec.json.decode(body)
        named |= {said[key] for key in ("manifest_sha256", "certificate_sha256") if key in said}
    head = _head(test, index)
    if head and (tree.size, tree.root()) != (head.checkpoint.size, head.checkpoint.root):
        test.fault("root", f"checkpoint of {head.checkpoint.size} leaves",
                   f"the {tree.size} mirrored leaves have another root")  # fmt: skip
    return named


def _leaves(test: _Test, index: Index) -> Iterator[dict[str, Any]]:
    expected = 0
    for page in index.leaves:
        path = test.fetch(page.sha256, "leaves")
        for leaf in lines(path.read_bytes()) if path else ():
            if leaf["leaf_index"] != expected:
                test.fault("leaf", str(expected), f"followed by leaf {leaf['leaf_index']}")
                expected = leaf["leaf_index"]
            expected += 1
            yield leaf


def _head(test: _Test, index: Index) -> SignedCheckpoint | None:
    try:
        return ours(test.keys, index.checkpoint.encode())
    except BadNote as error:
        test.fault("signature", f"checkpoint of {index.tree_size} leaves", str(error))
        return None


async def _continues(database: Database, test: _Test, index: Index) -> None:
    """Whether the live log continues the mirrored one."""
    head = _head(test, index)
    live = await database.row("log_newest")
    if head is None or live is None:
        return
    size = head.checkpoint.size
    if size > live["tree_size"]:
        test.fault("rolled_back", "the live log", f"{live['tree_size']} leaves, the mirror {size}")
        return
    async with database.transaction() as tx:
        root = await root_at(tx, size)
    if root != head.checkpoint.root:
        test.fault("forked", f"checkpoint of {size} leaves", "the live log does not continue it")


def _drawn(objects: list[str], share: float, seed: int) -> list[str]:
    many = min(len(objects), math.ceil(share * len(objects)))
    return sorted(random.Random(seed).sample(sorted(objects), many))  # noqa: S311  a draw to repeat
