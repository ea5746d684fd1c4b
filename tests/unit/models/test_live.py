"""A model changes on disk: the new one is tried and taken, or refused while the old goes on."""

from __future__ import annotations

import hashlib
import os
from itertools import count
from pathlib import Path

import msgspec
import numpy as np
import pytest

from models.errors import ModelError
from models.live import LiveModel, best_batch
from models.session import DetectorSession, ModelCard, bundled_card_path, read_card

_LATER = count(1_000_000, 1_000_000)


@pytest.fixture
def card_path(tmp_path: Path) -> Path:
    """The bundled model in a folder of its own."""
    card = read_card(bundled_card_path())
    (tmp_path / card.file).write_bytes((bundled_card_path().parent / card.file).read_bytes())
    return write(tmp_path / "model.card.json", card)


def write(path: Path, card: ModelCard) -> Path:
    path.write_bytes(msgspec.json.encode(card))
    stat = path.stat()  # a file system's clock may be coarser than a test is fast
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns + next(_LATER)))
    return path


def live(path: Path, needs: tuple[str, ...] = ("person",)) -> LiveModel:
    return LiveModel(path, threads=1, needs=needs, most=1)


def test_a_changed_card_is_taken(card_path: Path) -> None:
    model = live(card_path)
    before = model.current
    assert not model.refresh()
    write(card_path, msgspec.structs.replace(read_card(card_path), version="2", min_score=0.5))
    assert model.refresh()
    assert model.current is not before
    card = read_card(card_path)
    assert model.current.label == f"{card.name}/2/{card.sha256[:12]}"
    assert not model.refresh()


def test_files_written_anew_as_they_were_change_nothing(card_path: Path) -> None:
    model = live(card_path)
    before = model.current
    write(card_path, read_card(card_path))
    assert not model.refresh()
    assert model.current is before


def test_a_wrong_digest_is_refused_once_and_the_old_goes_on(card_path: Path) -> None:
    model = live(card_path)
    before = model.current
    weights = card_path.parent / read_card(card_path).file
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(ModelError, match=rf"{card_path.name}.*{weights.name}.*the card says"):
        model.refresh()
    assert model.current is before
    assert not model.refresh()  # told once, not at every poll
    weights.write_bytes(whole)
    assert not model.refresh()
    assert model.current is before


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff"])
def test_a_broken_card_is_refused(card_path: Path, content: bytes) -> None:
    model = live(card_path)
    card_path.write_bytes(content)
    with pytest.raises(ModelError, match="is not a model card"):
        model.refresh()
    assert model.current.label.startswith(read_card(bundled_card_path()).name)


def test_a_card_that_went_away_is_refused(card_path: Path) -> None:
    model = live(card_path)
    card_path.unlink()
    with pytest.raises(ModelError, match="no model card"):
        model.refresh()


def test_weights_that_arrive_after_their_card_are_taken_then(card_path: Path) -> None:
    """A card may be copied before its weights: refused first, taken when they are whole."""
    model = live(card_path)
    card = read_card(card_path)
    write(card_path, msgspec.structs.replace(card, version="2", file="later.onnx"))
    with pytest.raises(ModelError, match=r"later\.onnx is missing"):
        model.refresh()
    (card_path.parent / "later.onnx").write_bytes((card_path.parent / card.file).read_bytes())
    assert model.refresh()
    assert model.current.label.startswith(f"{card.name}/2/")


def test_a_model_without_what_is_needed_is_refused(card_path: Path) -> None:
    names = read_card(card_path).classes
    with pytest.raises(ModelError, match="but not unicorn"):
        live(card_path, needs=(*names, "unicorn"))
    model = live(card_path)
    other = tuple(f"no-{name}" for name in names)
    write(card_path, msgspec.structs.replace(read_card(card_path), classes=other))
    with pytest.raises(ModelError, match="but not person"):
        model.refresh()


def test_a_card_that_names_other_classes_than_the_network_has_is_refused(card_path: Path) -> None:
    names = (*read_card(card_path).classes, "one-too-many")
    write(card_path, msgspec.structs.replace(read_card(card_path), classes=names))
    with pytest.raises(ModelError, match="names"):
        live(card_path)


def test_classes_have_thresholds_of_their_own(card_path: Path) -> None:
    """The card's ``min_scores`` hold by class; others keep ``min_score``."""
    card = read_card(card_path)
    weights = (card_path.parent / card.file).read_bytes()
    chance = np.random.default_rng(4)
    pictures = [chance.integers(0, 256, (96, 96, 3), dtype=np.uint8) for _ in range(3)]
    low = msgspec.structs.replace(card, min_score=0.0005, min_scores={})
    everything = DetectorSession(low, weights, threads=1).detect(pictures)
    assert hashlib.sha256(weights).hexdigest() == card.sha256
    scores = np.concatenate([found.score for found in everything])
    assert len(scores) > 1
    middle = float(np.median(scores))
    for changed in (
        msgspec.structs.replace(low, min_scores=dict.fromkeys(card.classes, middle)),
        msgspec.structs.replace(low, min_score=middle),
    ):
        found = DetectorSession(changed, weights, threads=1).detect(pictures)
        for some, every in zip(found, everything, strict=True):
            assert some.score.tolist() == [s for s in every.score.tolist() if s >= middle]


def test_the_smallest_batch_near_the_best_is_taken() -> None:
    """Seconds a run, by size: doubling pays up to 4, then no more."""
    took = {1: 1.0, 2: 1.2, 4: 1.6, 8: 3.15, 16: 6.3}
    assert chosen(took, most=16) == 4
    assert chosen(took, most=2) == 2
    assert chosen({1: 1.0, 2: 2.1}, most=32) == 1


def chosen(took: dict[int, float], *, most: int) -> int:
    now_s = [0.0]

    def run(size: int) -> None:
        now_s[0] += took[size]

    return best_batch(run, most, clock=lambda: now_s[0])[0]
