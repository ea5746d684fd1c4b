"""What is found in recordings that were tampered with, and what is not in those that were not."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from pipelines.footage.bodycam import film
from pipelines.footage.examine import Examination, Track, examine
from pipelines.footage.types import UnreadableVideo
from pipelines.records.forensics import judge
from pipelines.records.origin import Claim, fingerprint, unlike
from tests.benchmarks.record_edits import EDITS, Edit, make
from tests.benchmarks.record_forensics import CAMERAS, score

BEGAN_MS = 1_795_482_000_000
LATER_MS = BEGAN_MS + 86_400_000
EXPECTED = {
    "cut_closed": "picture_jump", "cut_open": "time_gap", "drop_closed": "missing_pictures",
    "drop_open": "missing_pictures", "repeat": "repeated", "retime": "retimed",
    "back_date": "created_elsewhen", "hide": "hidden", "freeze": "frozen",
    "encoded_cut": "picture_jump", "concat": "picture_jump",
}  # fmt: skip


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory, video: Path) -> Iterator[list[Path]]:
    """Two files of one camera."""
    folder = tmp_path_factory.mktemp("originals")
    paths = [folder / f"{n}.mp4" for n in range(2)]
    for n, path in enumerate(paths):
        film(video, path, start_ms=BEGAN_MS, seconds=14, camera=CAMERAS[0], seed=40 + n)
    yield paths
    shutil.rmtree(folder)


def _codes(path: Path, *, start_ms: int | None = BEGAN_MS) -> set[str]:
    return {f.code for f in judge(examine(path), Claim(start_ms, LATER_MS))}


def test_an_untouched_file_raises_nothing(originals: list[Path]) -> None:
    """AV-18, AV-35: no lead of any severity on what the camera wrote."""
    assert [_codes(path) for path in originals] == [set(), set()]


@pytest.mark.parametrize("kind", sorted(EXPECTED))
def test_a_careful_edit_is_found_for_what_it_is(
    kind: str, originals: list[Path], tmp_path: Path
) -> None:
    """AV-18, AV-35: cut, dropped, joined, repeated, re-timed, back-dated, hidden, frozen."""
    edit = Edit(kind=kind, careful=True, at=0.4, seed=7)
    make(edit, originals[0], originals[1], tmp_path / "edited.mp4")
    found = _codes(tmp_path / "edited.mp4")
    assert EXPECTED[kind] in found
    assert "software" not in found


def test_software_that_signs_is_named_with_confidence(
    originals: list[Path], tmp_path: Path
) -> None:
    """AV-35: a plain re-encode carries the tools' names; they are leads with a confidence."""
    edit = Edit(kind="reencode", careful=False, at=0.4, seed=7)
    make(edit, originals[0], originals[1], tmp_path / "edited.mp4")
    leads = judge(examine(tmp_path / "edited.mp4"), Claim(None, LATER_MS))
    names = {str(f.measured["name"]) for f in leads if f.code == "software"}
    assert {"x264 / x265", "FFmpeg (libavformat)"} <= names
    assert all(0 < float(f.measured["confidence"]) < 1 for f in leads if f.code == "software")


def test_made_up_afterwards(originals: list[Path]) -> None:
    """AV-18: claimed on another day, eight hours off, or made after its import."""
    path = originals[0]
    assert _codes(path, start_ms=BEGAN_MS - 3 * 86_400_000) == {"created_elsewhen"}
    assert _codes(path, start_ms=BEGAN_MS - 8 * 3_600_000) == {"created_local"}
    early = judge(examine(path), Claim(None, BEGAN_MS - 86_400_000))
    assert [f.code for f in early] == ["created_later"]


def test_a_device_has_a_hand_of_its_own(originals: list[Path]) -> None:
    """AV-35: a file built otherwise than the earlier ones of its device; silence before three."""
    made = fingerprint(examine(originals[0], look=False))
    odd = {**made, "names": "VideoHandler / SoundHandler"}
    assert list(unlike(made, [made] * 3)) == []
    assert list(unlike(odd, [made] * 2)) == []
    (lead,) = unlike(odd, [made] * 3)
    assert "names" in lead.en


def test_pictures_not_looked_at_are_told(originals: list[Path]) -> None:
    """AV-18: a quick look says that it was one."""
    leads = judge(examine(originals[0], look=False), Claim(BEGAN_MS, LATER_MS))
    assert [f.code for f in leads] == ["unlooked"]


def test_a_file_cut_off_by_a_power_loss_is_told(originals: list[Path], tmp_path: Path) -> None:
    """AV-18: what is left of a file is examined; nothing readable at all is an error that helps."""
    data = originals[0].read_bytes()
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(data[: len(data) * 2 // 3])
    assert "cut_off" in _codes(cut)
    cut.write_bytes(data[:200])
    with pytest.raises(UnreadableVideo, match="copy it again"):
        examine(cut)


def test_sound_alone_is_examined_too() -> None:
    """AV-2: a voice recorder has no picture; its gaps are found all the same."""
    steps = np.array([0.0, 0.064, 0.128, 3.0, 3.064])
    track = Track(
        codec="aac", form="aac", time_s=steps, decode_s=steps,
        duration_s=np.full(5, 0.064), size_bytes=np.full(5, 100, np.int64),
        is_key=np.ones(5, np.bool_), digest=np.arange(5, dtype=np.uint64),
    )  # fmt: skip
    seen = Examination(
        format="mov,mp4", tags={}, boxes=None, video=None, audio=track, pictures=None
    )
    codes = {f.code for f in judge(seen, Claim(None, LATER_MS))}
    assert "sound_gap" in codes


def test_recall_and_false_alarms(video: Path, tmp_path: Path) -> None:
    """AV-18, AV-35: a seeded loop of edits and untouched files, with a floor under both figures.

    Trimming the beginning or the end away carefully leaves no trace inside the file; it shows by
    the document's times (AV-16), so it is left out of the floor and counted beside it.
    """
    result = score(video, tmp_path, edits=2 * len(EDITS), untouched=12, seed=2026, seconds=10.0)
    assert result.false_alarms == 0.0
    assert result.recall(without=("trim",)) >= 0.95
    assert result.recall(careful=True, without=("trim",)) >= 0.9


def test_damaged_files_are_examined_or_refused(originals: list[Path], tmp_path: Path) -> None:
    """AV-18: forty files with bytes changed, cut out or put in: a lead or a clear error, mostly."""
    data, random = originals[0].read_bytes(), np.random.default_rng(5)
    noticed = 0
    for number in range(40):
        spoiled = bytearray(data)
        at = int(random.integers(len(data))) if number % 2 else int(random.integers(4000))
        if number % 3 == 0:
            del spoiled[at : at + int(random.integers(1, 3000))]
        elif number % 3 == 1:
            spoiled[at:at] = random.bytes(int(random.integers(1, 300)))
        else:
            spoiled[at : at + 64] = random.bytes(64)
        path = tmp_path / "spoiled.mp4"
        path.write_bytes(spoiled)
        try:
            noticed += bool(_codes(path))
        except UnreadableVideo:
            noticed += 1
    assert noticed >= 32  # 34; what hits sound or unused bytes changes nothing that is measured
