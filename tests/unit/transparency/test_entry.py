"""Entries: canonical, salted, forgettable."""

from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.evidence.canonical import canonical
from pipelines.transparency.entry import entry_bytes, read_entry, seal
from pipelines.transparency.leaf import Kind, Leaf

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
BODY = st.dictionaries(TEXT, TEXT | st.integers() | st.booleans() | st.none(), max_size=4)


@given(st.sampled_from(Kind), TEXT, st.integers(0, 2**62), BODY)
def test_an_entry_is_what_the_formats_page_says(
    kind: Kind, subject: str, at_ms: int, body: dict[str, object]
) -> None:
    """Entry and commitment are canonical JSON and SHA-256, written here a second time."""
    sealed = seal(Leaf(kind=kind, subject=subject, at_ms=at_ms, body=body))
    said = sealed.salt + canonical({"subject": subject, "body": body})
    commitment = hashlib.sha256(said).hexdigest()
    right = {"v": 1, "kind": str(kind), "at_ms": at_ms, "commitment": commitment}
    assert sealed.entry == canonical(right)
    assert read_entry(sealed.entry) == right
    assert len(sealed.salt) == 16


def test_the_same_leaf_twice_is_not_the_same_entry() -> None:
    """The salt keeps anybody from guessing what a leaf said."""
    leaf = Leaf(kind=Kind.VIEW, subject="pin-1", at_ms=1, body={"who": "officer-1"})
    assert seal(leaf).entry != seal(leaf).entry
    assert b"officer" not in seal(leaf).entry


@given(TEXT)
def test_any_kind_is_escaped(kind: str) -> None:
    """A kind that somebody wrote into the database cannot pass for another entry."""
    assert json.loads(entry_bytes(kind, 1, b"x" * 32))["kind"] == kind


@pytest.mark.parametrize("broken", [b"", b"[]", b"{}", b'{"v":1}'])
def test_what_is_no_entry(broken: bytes) -> None:
    """Other bytes are refused."""
    with pytest.raises(ValueError, match=r"entry|Expecting"):
        read_entry(broken)
