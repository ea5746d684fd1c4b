"""Owns the Merkle tree's arithmetic (RFC 6962 and 9162, section 2.1). Knows no leaves, no storage.

Checked for a kept library first: pymerkle is GPL and says that nobody audited it; the others on
PyPI are weeks old or stop at the signature. The hashing is small and has the RFC's own vectors.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """Hash of a leaf that holds these bytes."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Range:
    """The tree over the first ``size`` leaves as the roots of its perfect subtrees, largest first.

    A tree grows by this alone: 20 hashes stand for a million leaves.
    """

    def __init__(self) -> None:
        self.size = 0
        self.roots: list[bytes] = []

    def append(self, root: bytes, level: int = 0) -> None:
        """Adds a leaf's hash at the right, or the root of the next ``1 << level`` leaves.

        Raises:
            ValueError: no perfect subtree of that level begins here.
        """
        at, beside = divmod(self.size, 1 << level)
        if beside:
            raise ValueError(f"no subtree of {1 << level} leaves begins at {self.size}")
        carried = root
        while at & 1:
            carried = node_hash(self.roots.pop(), carried)
            at >>= 1
        self.roots.append(carried)
        self.size += 1 << level

    def root(self) -> bytes:
        """The tree's root hash."""
        return folded(self.roots)


def folded(roots: Sequence[bytes]) -> bytes:
    """Root over neighbouring perfect subtrees, largest first; that of no leaves when empty."""
    if not roots:
        return EMPTY_ROOT
    found = roots[-1]
    for left in reversed(roots[:-1]):
        found = node_hash(left, found)
    return found


def tree_root(leaves: Sequence[bytes]) -> bytes:
    """Root over leaf hashes."""
    whole = Range()
    for leaf in leaves:
        whole.append(leaf)
    return whole.root()


def root_of_inclusion(index: int, size: int, leaf: bytes, path: Sequence[bytes]) -> bytes | None:
    """The root that this path leads to (RFC 9162, 2.1.3.2); None where it fits no such tree."""
    if not 0 <= index < size:
        return None
    at, last, found = index, size - 1, leaf
    for beside in path:
        if last == 0:
            return None
        if at & 1 or at == last:
            found = node_hash(beside, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, beside)
        at, last = at >> 1, last >> 1
    return found if last == 0 else None


def includes(index: int, size: int, leaf: bytes, path: Sequence[bytes], root: bytes) -> bool:
    """Whether the path proves that this leaf's hash is number ``index`` of that tree."""
    return root_of_inclusion(index, size, leaf, path) == root


def continues(
    size: int, root: bytes, later: int, later_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether the proof shows that the later tree begins with all of the former.

    RFC 9162, 2.1.4.2. Every tree begins with the empty one; of equal sizes the roots must be equal.
    """
    if size > later or size < 0:
        return False
    if size in (0, later):
        return not proof and (root == EMPTY_ROOT if size == 0 else root == later_root)
    path = list(proof)
    if size & (size - 1) == 0:
        path.insert(0, root)
    if not path:
        return False
    at, last = size - 1, later - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old = new = path[0]
    for beside in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            old, new = node_hash(beside, old), node_hash(beside, new)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            new = node_hash(new, beside)
        at, last = at >> 1, last >> 1
    return last == 0 and old == root and new == later_root
