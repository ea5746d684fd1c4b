"""The tree's arithmetic against the RFC's own tree, and against its definition for any size."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.transparency.merkle import (
    EMPTY_ROOT,
    continues,
    folded,
    includes,
    leaf_hash,
    node_hash,
    tree_root,
)
from pipelines.transparency.subtrees import consistency, inclusion, run

ENTRIES = [bytes.fromhex(text) for text in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
"""The entries of Certificate Transparency's reference tests (google/certificate-transparency)."""
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
LEAVES = [leaf_hash(entry) for entry in ENTRIES]


def defined(leaves: list[bytes]) -> bytes:
    """The root as RFC 6962, 2.1 defines it, by recursion."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    half = 1 << ((len(leaves) - 1).bit_length() - 1)
    return node_hash(defined(leaves[:half]), defined(leaves[half:]))


def over(leaves: list[bytes], runs: list[list[tuple[int, int]]]) -> list[bytes]:
    """The hashes that a proof is made of."""
    return [
        folded([defined(leaves[n << level : (n + 1) << level]) for level, n in one]) for one in runs
    ]


def some(count: int) -> list[bytes]:
    """So many leaves, all different."""
    return [leaf_hash(str(number).encode()) for number in range(count)]


def test_the_reference_tree() -> None:
    """Roots over the reference entries, from none to eight."""
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    found = [tree_root(LEAVES[:size]).hex() for size in range(1, 9)]
    assert found == list(ROOTS)


def test_the_reference_proofs() -> None:
    """A path and a proof of the reference tests, hash by hash."""
    path = over(LEAVES, inclusion(0, 8))
    assert [one.hex() for one in path] == [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]
    proof = over(LEAVES[:8], consistency(6, 8))
    assert [one.hex() for one in proof] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


@given(st.integers(0, 300))
@settings(deadline=None, max_examples=60)
def test_the_root_is_as_defined(size: int) -> None:
    """Appending one by one gives the root that the definition gives; so do perfect subtrees."""
    leaves = some(size)
    root = defined(leaves)
    assert tree_root(leaves) == root
    assert folded([defined(leaves[n << k : (n + 1) << k]) for k, n in run(0, size)]) == root


@given(st.data())
@settings(deadline=None, max_examples=80)
def test_a_leaf_is_proven_and_no_other(data: st.DataObject) -> None:
    """A path proves its leaf at its place; not another leaf, place, size, or with a hash less."""
    size = data.draw(st.integers(1, 200))
    index = data.draw(st.integers(0, size - 1))
    leaves = some(size)
    root, path = defined(leaves), over(leaves, inclusion(index, size))
    assert includes(index, size, leaves[index], path, root)
    assert not includes(index, size, leaf_hash(b"other"), path, root)
    assert not includes(index + 1, size, leaves[index], path, root)
    assert not includes(index, size, leaves[index], [*path, root], root)
    assert size == 1 or not includes(index, size, leaves[index], path[:-1], root)
    if path:
        wrong = data.draw(st.integers(0, len(path) - 1))
        changed = [*path[:wrong], leaf_hash(path[wrong]), *path[wrong + 1 :]]
        assert not includes(index, size, leaves[index], changed, root)


@given(st.data())
@settings(deadline=None, max_examples=80)
def test_a_tree_continues_another_or_not(data: st.DataObject) -> None:
    """The proof holds for the tree it was made for; not for one with another past."""
    later = data.draw(st.integers(0, 200))
    size = data.draw(st.integers(0, later))
    leaves = some(later)
    old, new = defined(leaves[:size]), defined(leaves)
    proof = over(leaves, consistency(size, later))
    assert continues(size, old, later, new, proof)
    assert not continues(size, old, later, new, [*proof, old])
    if size > 0:
        at = data.draw(st.integers(0, size - 1))
        other = [*leaves[:at], leaf_hash(b"other"), *leaves[at + 1 :]]
        assert not continues(size, defined(other[:size]), later, new, proof)
        forked = over(other, consistency(size, later))
        assert not continues(size, old, later, defined(other), forked)


def test_what_no_tree_has() -> None:
    """Leaves and trees that cannot be are refused by name."""
    with pytest.raises(ValueError, match="no leaf 3"):
        inclusion(3, 3)
    with pytest.raises(ValueError, match="cannot continue"):
        consistency(4, 3)
    assert not continues(5, EMPTY_ROOT, 3, EMPTY_ROOT, [])
