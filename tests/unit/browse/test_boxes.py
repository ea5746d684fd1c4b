"""Boxes of persons lie beside a copy, as shares of the picture; what cannot be read is none."""

from __future__ import annotations

from pathlib import Path

from pipelines.browse.boxes import Boxes, Find, beside, boxes_of, keep
from pipelines.browse.derive import main
from tests.unit.browse.drawn import film


def test_boxes_are_read_as_they_were_kept(tmp_path: Path) -> None:
    """Whole or not at all."""
    copy = tmp_path / "a-1.mp4"
    found = Boxes(model="m 1", finds=[Find(at_s=0.5, persons=[(0.1, 0.2, 0.3, 0.4, 0.9)])])
    assert boxes_of(copy) is None
    keep(copy, found)
    assert boxes_of(copy) == found
    assert [path.name for path in tmp_path.iterdir()] == ["a-1.mp4.boxes.json"]
    beside(copy).write_bytes(b'{"model": 3}')
    assert boxes_of(copy) is None


def test_making_a_copy_keeps_what_was_found(tmp_path: Path) -> None:
    """One find each quarter of a second, within the picture, named after its model."""
    film(tmp_path / "film.mp4", 1)
    target = tmp_path / "copy.mp4"
    assert main([str(tmp_path / "film.mp4"), str(target), "--sha256", "ab" * 32]) == 0
    found = boxes_of(target)
    assert found is not None
    assert found.model
    assert [find.at_s for find in found.finds] == sorted({find.at_s for find in found.finds})
    assert len(found.finds) >= 4
    for find in found.finds:
        for *corners, score in find.persons:
            assert all(-0.01 <= share <= 1.01 for share in corners)
            assert 0 < score <= 1
