"""An original is fetched once for many pieces, and gone soon after the last."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipelines.access.reels import Reels
from pipelines.vault.folder import FolderVault


class FarVault(FolderVault):
    """A vault that copies what is asked for, as one far away does."""

    fetched = 0

    @contextmanager
    def local(self, sha256: str) -> Iterator[Path]:
        """A copy of its own for every caller."""
        with super().local(sha256) as held, self.scratch() as folder:
            type(self).fetched += 1
            copy = folder / "copy"
            copy.write_bytes(held.read_bytes())
            yield copy


class Clock:
    """Seconds that the test moves."""

    now_s = 0.0

    def __call__(self) -> float:
        """Monotonic seconds."""
        return self.now_s


def test_fetched_once_and_deleted_when_idle(tmp_path: Path) -> None:
    """AV-26: no copy of an original outlives the looks at it."""
    vault, clock = FarVault(tmp_path / "objects"), Clock()
    FarVault.fetched = 0
    sha256 = vault.put(b"film").sha256
    reels = Reels(vault, idle_s=60, clock=clock)

    def use() -> None:
        with reels.file(sha256) as path:
            assert path.read_bytes() == b"film"

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert FarVault.fetched == 1
    with reels.file(sha256) as path:
        clock.now_s = 500
        reels.sweep()
        assert path.exists()  # somebody is looking
    clock.now_s = 559
    reels.sweep()
    assert path.exists()
    clock.now_s = 561
    reels.sweep()
    assert not path.exists()
    with reels.file(sha256):
        pass
    reels.close()
    assert FarVault.fetched == 2


def test_what_could_not_be_fetched_is_tried_again(tmp_path: Path) -> None:
    vault = FarVault(tmp_path / "objects")
    reels = Reels(vault)
    with pytest.raises(FileNotFoundError), reels.file("0" * 64):
        pass
    sha256 = vault.put(b"later").sha256
    with reels.file(sha256) as path:
        assert path.read_bytes() == b"later"
    reels.close()
