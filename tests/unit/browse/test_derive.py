"""A copy hides the face in every picture, leaves the rest, says what it is; no copy of rubbish."""

from __future__ import annotations

import hashlib
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from models.picture import UnreadablePicture, decode_jpeg, encode_jpeg
from pipelines.browse.derive import blur_clip, blur_picture, main
from pipelines.browse.eyes import Eyes
from pipelines.footage.types import UnreadableVideo
from tests.unit.browse.drawn import HEIGHT, RATE, SIZE, TOP, WIDTH, detail, film, frame, left_of

DIGEST = "ab" * 32


@pytest.fixture(scope="module")
def eyes() -> Eyes:
    """The real networks."""
    return Eyes()


def inside(number: int) -> tuple[int, int, int, int]:
    """Brow to chin of the drawn face in a picture of the film."""
    left = left_of(number)
    return (
        left + round(0.65 * SIZE), TOP + round(0.7 * SIZE),
        left + round(1.35 * SIZE), TOP + round(1.4 * SIZE),
    )  # fmt: skip


def test_the_face_is_hidden_in_every_picture(eyes: Eyes, tmp_path: Path) -> None:
    """AV-9, promise 7: between two finds too; the room stays as it was; no sound is left."""
    film(tmp_path / "film.mp4")
    target = tmp_path / "copy.mp4"
    blur_clip(tmp_path / "film.mp4", target, original_sha256=DIGEST, eyes=[eyes, eyes])
    with av.open(str(target)) as copy:
        assert [stream.type for stream in copy.streams] == ["video"]
        shown = [
            (f.time, np.asarray(f.to_ndarray(format="bgr24"), np.uint8))
            for f in copy.decode(video=0)
        ]
    assert len(shown) == 4 * RATE
    for number, (time_s, picture) in enumerate(shown):
        assert time_s == pytest.approx(number / RATE, abs=0.01)
        part = inside(number)
        assert detail(picture, part) < 0.5 * detail(frame(number), part), number
        floor = (0, HEIGHT - 60, WIDTH, HEIGHT)
        assert detail(picture, floor) > 0.7 * detail(frame(number), floor)


def test_a_copy_says_that_it_is_one(eyes: Eyes, tmp_path: Path) -> None:
    """The original's digest stands in the file itself, of a clip and of a picture."""
    film(tmp_path / "film.mp4", 1)
    blur_clip(tmp_path / "film.mp4", tmp_path / "c.mp4", original_sha256=DIGEST, eyes=[eyes])
    with av.open(str(tmp_path / "c.mp4")) as copy:
        assert "derivative" in copy.metadata["title"]
        assert DIGEST in copy.metadata["comment"]
        assert "衍生件" in copy.metadata["comment"]
    made = blur_picture(encode_jpeg(frame(3)), original_sha256=DIGEST, eyes=eyes)
    assert made[:4] == b"\xff\xd8\xff\xfe"
    assert DIGEST.encode() in made[:300]
    assert detail(decode_jpeg(made), inside(3)) < 0.5 * detail(frame(3), inside(3))


def test_rubbish_gives_no_copy(eyes: Eyes, tmp_path: Path) -> None:
    """Rather none than one that shows somebody."""
    bad = tmp_path / "bad.mp4"
    bad.write_bytes(b"not a film at all" * 100)
    with pytest.raises(UnreadableVideo):
        blur_clip(bad, tmp_path / "c.mp4", original_sha256=DIGEST, eyes=[eyes])
    with pytest.raises(UnreadablePicture):
        blur_picture(b"\xff\xd8 no picture", original_sha256=DIGEST, eyes=eyes)


def test_the_program_leaves_the_original_and_nothing_half_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """AV-16: original bytes as before; a failure leaves no file and says why in one line."""
    original = tmp_path / "original"
    original.write_bytes(encode_jpeg(frame(0)))
    before = hashlib.sha256(original.read_bytes()).hexdigest()
    assert main([str(original), str(tmp_path / "copy.jpg"), "--sha256", before]) == 0
    assert hashlib.sha256(original.read_bytes()).hexdigest() == before
    original.write_bytes(b"")
    assert main([str(original), str(tmp_path / "other.mp4"), "--sha256", before]) == 1
    assert "empty" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy.jpg", "original"]


def test_a_grey_picture_without_anybody_stays(eyes: Eyes) -> None:
    """Nothing to hide, nothing hidden."""
    plain = np.full((HEIGHT, WIDTH, 3), 120, np.uint8)
    cv2.rectangle(plain, (100, 100), (140, 220), (60, 60, 60), -1)
    assert len(eyes.find(plain)) == 0
