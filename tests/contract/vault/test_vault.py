"""What every vault promises, of both kinds: written once, found by digest, kept while held."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pipelines.vault.types import CHUNK, Locked, ObjectChanged, Vault
from tests.contract.vault.conftest import Tamper

NOBODY = "0" * 64


def test_bytes_and_files_are_named_by_both_digests(vault: Vault, tmp_path: Path) -> None:
    """AV-3: what was recorded is stored as it is, under digests that anyone can recompute."""
    data = bytes(range(256)) * (CHUNK // 100)
    source = tmp_path / "source"
    source.write_bytes(data)
    stored = vault.put(source)
    assert stored.sha256 == hashlib.sha256(data).hexdigest()
    assert stored.sm3 == hashlib.new("sm3", data).hexdigest()
    assert stored.size_bytes == vault.size(stored.sha256) == len(data)
    assert vault.put(data) == stored
    assert vault.exists(stored.sha256)
    assert vault.digest(stored.sha256) == stored.sha256
    vault.check(stored.sha256)
    assert b"".join(vault.chunks(stored.sha256)) == data
    with vault.local(stored.sha256) as path:
        assert path.read_bytes() == data
    assert source.read_bytes() == data


def test_nothing_is_an_object_too(vault: Vault) -> None:
    """An empty object is stored, read and removed like any other."""
    stored = vault.put(b"")
    assert (vault.size(stored.sha256), b"".join(vault.chunks(stored.sha256))) == (0, b"")
    vault.remove(stored.sha256)
    assert not vault.exists(stored.sha256)


def test_a_file_of_its_scratch_is_taken(vault: Vault) -> None:
    """What was made in scratch outlives the scratch."""
    with vault.scratch() as folder:
        (folder / "clip.mp4").write_bytes(b"made here")
        stored = vault.put(folder / "clip.mp4")
    assert b"".join(vault.chunks(stored.sha256)) == b"made here"
    assert list(vault.walk()) == [stored.sha256]


@pytest.mark.parametrize(
    ("first", "last", "wanted"),
    [(0, None, b"0123456789"), (3, None, b"3456789"), (0, 0, b"0"), (2, 5, b"2345"),
     (9, 9, b"9"), (5, 99, b"56789")],
)  # fmt: skip
def test_ranges(vault: Vault, first: int, last: int | None, wanted: bytes) -> None:
    """Both ends belong to a range; one past the end stops there."""
    stored = vault.put(b"0123456789")
    assert b"".join(vault.chunks(stored.sha256, first, last)) == wanted


def test_side_by_side_is_once(vault: Vault) -> None:
    """Threads that put the same and other objects at once disturb nobody."""
    contents = [str(number // 4).encode() * 1000 for number in range(24)]
    with ThreadPoolExecutor(8) as pool:
        stored = list(pool.map(vault.put, contents))
    names = [hashlib.sha256(content).hexdigest() for content in contents]
    assert [item.sha256 for item in stored] == names
    assert list(vault.walk()) == sorted(set(names))


def test_another_content_under_the_name_is_left_and_told(vault: Vault, overwrite: Tamper) -> None:
    """A tampered object is not repaired in silence, and never taken for the real one."""
    stored = vault.put(b"original")
    overwrite(stored.sha256, b"originaL")
    found = hashlib.sha256(b"originaL").hexdigest()
    for act in (lambda: vault.put(b"original"), lambda: vault.check(stored.sha256)):
        with pytest.raises(ObjectChanged) as caught:
            act()
        assert (caught.value.sha256, caught.value.found) == (stored.sha256, found)
    assert vault.digest(stored.sha256) == found
    assert b"".join(vault.chunks(stored.sha256)) == b"originaL"


def test_what_is_not_there_is_said(vault: Vault) -> None:
    """Every question about an object that is not there gets the same answer."""
    assert not vault.exists(NOBODY)
    for act in (
        lambda: vault.size(NOBODY),
        lambda: list(vault.chunks(NOBODY)),
        lambda: vault.digest(NOBODY),
        lambda: vault.check(NOBODY),
        lambda: vault.local(NOBODY).__enter__(),
        lambda: vault.hold(NOBODY, on=True),
        lambda: vault.remove(NOBODY),
    ):
        with pytest.raises(FileNotFoundError):
            act()
    assert list(vault.walk()) == []


@pytest.mark.parametrize("name", ["", "..", "../../etc/passwd", "A" * 64, "a" * 63, "a" * 65])
def test_only_digests_are_names(vault: Vault, name: str) -> None:
    """No name leads out of the vault."""
    for act in (
        lambda: vault.exists(name),
        lambda: vault.size(name),
        lambda: list(vault.chunks(name)),
        lambda: vault.digest(name),
        lambda: vault.hold(name, on=True),
        lambda: vault.remove(name),
    ):
        with pytest.raises(ValueError, match="not a SHA-256"):
            act()


def test_held_is_kept(vault: Vault) -> None:
    """AV-28, AV-29: while a hold is on nothing removes an object; twice on is once."""
    stored = vault.put(b"objected to")
    vault.hold(stored.sha256, on=True)
    vault.hold(stored.sha256, on=True)
    with pytest.raises(Locked, match="legal hold"):
        vault.remove(stored.sha256)
    assert b"".join(vault.chunks(stored.sha256)) == b"objected to"
    assert list(vault.walk()) == [stored.sha256]
    vault.hold(stored.sha256, on=False)
    vault.hold(stored.sha256, on=False)
    vault.remove(stored.sha256)
    assert not vault.exists(stored.sha256)
    assert list(vault.walk()) == []


def test_removed_can_be_put_again(vault: Vault) -> None:
    """Removing leaves nothing behind, not even a mark."""
    stored = vault.put(b"again")
    vault.remove(stored.sha256)
    with pytest.raises(FileNotFoundError):
        vault.remove(stored.sha256)
    assert vault.put(b"again") == stored
    assert list(vault.walk()) == [stored.sha256]


def test_scratch_of_the_dead_is_swept_and_of_the_living_is_not(vault: Vault) -> None:
    """A process that was killed leaves a folder; the next one removes it, and only that one."""
    with vault.scratch() as ours:
        (ours / "clip.mp4").write_bytes(b"half")
        root = ours.parent
        script = (
            "import os, sys\nfrom pathlib import Path\n"
            "from pipelines.vault.scratch import Scratch\n"
            "with Scratch(Path(sys.argv[1])).folder() as folder:\n"
            "    (folder / 'clip.mp4').write_bytes(b'half')\n    os._exit(9)\n"
        )
        left = subprocess.run([sys.executable, "-c", script, str(root)], check=False)
        assert (left.returncode, len(list(root.iterdir()))) == (9, 2)
        assert list(vault.walk()) == []
        assert vault.sweep() == 1
        assert list(root.iterdir()) == [ours]
        assert (ours / "clip.mp4").read_bytes() == b"half"
        assert vault.sweep() == 0
    assert list(root.iterdir()) == []
