"""Opening a model: only the file that belongs to the card, with an error that says what to do."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec
import numpy as np
import pytest

from models.errors import ModelError
from models.session import DetectorSession, ModelCard, bundled_card_path, read_card


@pytest.fixture
def card() -> ModelCard:
    return read_card(bundled_card_path())


def lay(folder: Path, card: ModelCard, weights: bytes | None) -> Path:
    path = folder / "some.card.json"
    path.write_bytes(msgspec.json.encode(card))
    if weights is not None:
        (folder / card.file).write_bytes(weights)
    return path


def test_a_missing_card_says_what_to_set(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="VIGIL_MODEL_CARD"):
        DetectorSession.load(tmp_path / "none.card.json")


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\xff", b'{"name": 5}'])
def test_what_is_no_card_is_said(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.card.json"
    path.write_bytes(content)
    with pytest.raises(ModelError, match="is not a model card"):
        DetectorSession.load(path)


def test_missing_weights_are_named(tmp_path: Path, card: ModelCard) -> None:
    with pytest.raises(ModelError, match=rf"{card.file} is missing; restore"):
        DetectorSession.load(lay(tmp_path, card, None))


def test_weights_with_one_bit_changed_are_refused(tmp_path: Path, card: ModelCard) -> None:
    weights = bytearray((bundled_card_path().parent / card.file).read_bytes())
    weights[len(weights) // 2] ^= 1
    with pytest.raises(ModelError, match="the card says"):
        DetectorSession.load(lay(tmp_path, card, bytes(weights)))


@pytest.mark.parametrize("weights", [b"", b"not a model", bytes(1000)])
def test_weights_that_are_no_model_are_said(
    tmp_path: Path, card: ModelCard, weights: bytes
) -> None:
    honest = msgspec.structs.replace(card, sha256=hashlib.sha256(weights).hexdigest())
    with pytest.raises(ModelError, match="cannot run this model"):
        DetectorSession.load(lay(tmp_path, honest, weights))


def test_the_bundled_model_runs_on_pictures_of_any_size(card: ModelCard) -> None:
    session = DetectorSession.load(bundled_card_path())
    chance = np.random.default_rng(0)
    pictures = [
        chance.integers(0, 256, (height, width, 3), dtype=np.uint8)
        for height, width in ((480, 640), (31, 700), (1, 1))
    ]
    found = session.detect(pictures)
    assert len(found) == len(pictures)
    for picture, detections in zip(pictures, found, strict=True):
        height, width = picture.shape[:2]
        assert (detections.boxes_xyxy >= 0).all()
        assert (detections.boxes_xyxy <= [width, height] * 2).all()
        assert (detections.score >= card.min_score).all()
        assert set(detections.class_id.tolist()) <= set(range(len(card.classes)))
    assert session.detect([]) == []


def test_pictures_of_a_batch_do_not_mix() -> None:
    session = DetectorSession.load(bundled_card_path())
    chance = np.random.default_rng(1)
    pictures = [chance.integers(0, 256, (60, 80, 3), dtype=np.uint8) for _ in range(3)]
    together = session.run(session.prepare(pictures))
    for n, picture in enumerate(pictures):
        assert np.allclose(together[n], session.run(session.prepare([picture]))[0], atol=1e-3)


def test_the_bundled_card_says_what_the_issue_asks(card: ModelCard) -> None:
    weights = bundled_card_path().parent / card.file
    assert weights.stat().st_size <= 12 * 2**20
    assert hashlib.sha256(weights.read_bytes()).hexdigest() == card.sha256
    assert "person" in card.classes
    assert card.data
    assert card.scores
    assert card.licence
    assert "seed" in card.recipe
    assert 0 < card.min_score < 1
