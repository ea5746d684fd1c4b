"""Keys: made once, private to this user, and old ones keep verifying."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pipelines.evidence.keys import BadKey, Keys


def test_made_at_first_use_and_kept(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    keys = Keys(folder)
    assert not folder.exists()
    signature = keys.sign(b"data")
    assert stat.S_IMODE((folder / "signing.pem").stat().st_mode) == 0o600
    again = Keys(folder)
    assert again.key_id == keys.key_id
    assert len(keys.key_id) == 16
    assert again.verify(keys.key_id, b"data", signature)
    assert not again.verify(keys.key_id, b"dat4", signature)
    assert not again.verify("0" * 16, b"data", signature)


def test_processes_that_start_at_once_share_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        ids = set(pool.map(lambda _: Keys(tmp_path / "keys").key_id, range(16)))
    assert len(ids) == 1


def test_rotation(tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    old, signature = keys.key_id, keys.sign(b"data")
    new = keys.rotate()
    assert new != old
    assert Keys(tmp_path).key_id == new
    assert Keys(tmp_path).verify(old, b"data", signature)


def test_a_renamed_public_key_is_known_by_its_own_id(tmp_path: Path) -> None:
    ours, other = Keys(tmp_path / "ours"), Keys(tmp_path / "other")
    signature = other.sign(b"data")
    stolen = (tmp_path / "other" / f"{other.key_id}.pub.pem").read_bytes()
    (tmp_path / "ours" / f"{ours.key_id}.pub.pem").write_bytes(stolen)
    assert not Keys(tmp_path / "ours").verify(ours.key_id, b"data", signature)


def test_a_broken_key_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "signing.pem").write_text("nonsense")
    with pytest.raises(BadKey, match=r"signing\.pem"):
        Keys(tmp_path).sign(b"data")
