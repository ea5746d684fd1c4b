"""The object store: durable names, idempotent, and silent about nothing."""

from __future__ import annotations

import hashlib
import stat
from pathlib import Path

import pytest

from pipelines.vault.folder import FolderVault
from pipelines.vault.types import ObjectChanged


@pytest.fixture
def store(tmp_path: Path) -> FolderVault:
    return FolderVault(tmp_path / "objects")


def test_put_bytes_and_file(store: FolderVault, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"x" * 3_000_000)
    sha256 = store.put(source).sha256
    assert sha256 == hashlib.sha256(source.read_bytes()).hexdigest()
    assert store.put(b"x" * 3_000_000).sha256 == sha256
    assert stat.S_IMODE(store.path(sha256).stat().st_mode) == 0o444
    assert b"".join(store.chunks(sha256)) == source.read_bytes()
    assert list(store.walk()) == [sha256]
    assert list(store.incoming.iterdir()) == []


def test_a_changed_object_is_not_restored(store: FolderVault) -> None:
    path = store.path(store.put(b"original").sha256)
    path.chmod(0o644)
    path.write_bytes(b"originaL")
    with pytest.raises(ObjectChanged) as caught:
        store.put(b"original")
    assert caught.value.found == hashlib.sha256(b"originaL").hexdigest()
    assert path.read_bytes() == b"originaL"
    assert list(store.incoming.iterdir()) == []


@pytest.mark.parametrize("name", ["", "..", "../../etc/passwd", "A" * 64, "a" * 63])
def test_only_digests_are_names(store: FolderVault, name: str) -> None:
    with pytest.raises(ValueError, match="not a SHA-256"):
        store.path(name)


def test_a_store_that_cannot_write_says_so(store: FolderVault) -> None:
    store.root.parent.mkdir(exist_ok=True)
    store.root.write_text("in the way")
    with pytest.raises(OSError, match="objects"):
        store.put(b"x")
