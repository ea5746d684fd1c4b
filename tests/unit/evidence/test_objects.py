"""The object store: durable names, idempotent, and silent about nothing."""

from __future__ import annotations

import hashlib
import stat
from pathlib import Path

import pytest

from pipelines.evidence.objects import ObjectChanged, ObjectStore


@pytest.fixture
def store(tmp_path: Path) -> ObjectStore:
    return ObjectStore(tmp_path / "objects")


def test_put_bytes_and_file(store: ObjectStore, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"x" * 3_000_000)
    sha256 = store.put(source)
    assert sha256 == hashlib.sha256(source.read_bytes()).hexdigest()
    assert store.put(b"x" * 3_000_000) == sha256
    assert stat.S_IMODE(store.path(sha256).stat().st_mode) == 0o444
    with store.open(sha256) as file:
        assert file.read() == source.read_bytes()
    assert list(store.walk()) == [store.path(sha256)]
    assert list(store.incoming.iterdir()) == []


def test_a_changed_object_is_not_restored(store: ObjectStore) -> None:
    path = store.path(store.put(b"original"))
    path.chmod(0o644)
    path.write_bytes(b"originaL")
    with pytest.raises(ObjectChanged) as caught:
        store.put(b"original")
    assert caught.value.found == hashlib.sha256(b"originaL").hexdigest()
    assert path.read_bytes() == b"originaL"
    assert list(store.incoming.iterdir()) == []


@pytest.mark.parametrize("name", ["", "..", "../../etc/passwd", "A" * 64, "a" * 63])
def test_only_digests_are_names(store: ObjectStore, name: str) -> None:
    with pytest.raises(ValueError, match="not a SHA-256"):
        store.path(name)


def test_a_store_that_cannot_write_says_so(store: ObjectStore) -> None:
    store.root.parent.mkdir(exist_ok=True)
    store.root.write_text("in the way")
    with pytest.raises(OSError, match="objects"):
        store.put(b"x")
