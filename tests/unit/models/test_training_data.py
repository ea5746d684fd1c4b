"""The training set: who draws what, who judges, and that look-alikes stay on one side."""

from __future__ import annotations

from pathlib import Path

import cv2
import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from models.evaluate.yolo_set import read_boxes, read_set
from models.picture import decode_jpeg, encode_jpeg
from models.training.dataset import assemble
from models.training.labels import Labeller
from models.training.portion import write_portion
from models.training.recipe import PictureSet, Recipe, read_recipe
from models.training.split import groups, held_apart, likeness

Boxes = NDArray[np.float32]


def picture(seed: int, side: int = 128) -> NDArray[np.uint8]:
    """Blots that look like no other seed's."""
    rng = np.random.default_rng(seed)
    return np.asarray(
        cv2.resize(rng.integers(0, 255, (9, 9, 3)).astype(np.uint8), (side, side)), np.uint8
    )


def lay(root: Path, part: str, name: str, seed: int, label: str) -> None:
    """One picture of a set with its boxes."""
    image = root / "images" / part / f"{name}.jpg"
    image.parent.mkdir(parents=True, exist_ok=True)
    image.write_bytes(encode_jpeg(picture(seed), quality=95))
    text = root / "labels" / part / f"{name}.txt"
    text.parent.mkdir(parents=True, exist_ok=True)
    text.write_text(label)


def test_likeness_outlives_scaling_grey_and_compression() -> None:
    """And tells different pictures apart."""
    one = picture(1)
    grey = cv2.cvtColor(cv2.cvtColor(one, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    small = decode_jpeg(encode_jpeg(np.asarray(cv2.resize(grey, (70, 70)), np.uint8), quality=60))
    assert (likeness(one) != likeness(small)).sum() <= 8
    assert (likeness(one) != likeness(picture(2))).sum() > 8


def test_look_alikes_are_chained() -> None:
    """A is like B and B like C, so C goes with A."""
    hashes = np.zeros((4, 64), np.bool_)
    hashes[1, :6] = True
    hashes[2, :12] = True
    hashes[3, 20:60] = True
    assert groups(hashes, most_bits=8).tolist() == [0, 0, 0, 3]
    assert groups(hashes[[0, 2, 1, 3]], most_bits=8).tolist() == [0, 0, 0, 3]


def test_a_look_alike_of_a_held_apart_picture_does_not_teach() -> None:
    """Not even when its own set would let it teach."""
    hashes = np.zeros((3, 64), np.bool_)
    hashes[2, :40] = True
    own = [False, True, False]
    apart = held_apart(["a", "b", "c"], hashes, own, share=0.0, bits=8)
    assert apart.tolist() == [True, True, False]


def test_the_share_held_apart_is_about_what_was_asked() -> None:
    """And the same each time: the digest of the name decides."""
    hashes = np.random.default_rng(1).integers(0, 2, (300, 64)).astype(np.bool_)
    names = [f"p{n}" for n in range(300)]
    apart = held_apart(names, hashes, [None] * 300, share=0.2, bits=4)
    assert 0.12 < apart.mean() < 0.28
    assert (apart == held_apart(names, hashes, [None] * 300, share=0.2, bits=4)).all()


@pytest.fixture
def recipe() -> Recipe:
    """The shipped recipe over two small sets, with few collages."""
    shipped = read_recipe()
    collage = msgspec.structs.replace(
        shipped.collage, train=2, held_apart=1, smallest_person_px=1, smallest_face_px=1
    )
    sets = (
        PictureSet(
            path="masks", classes={"with_mask": "mask", "worn_badly": "mask_badly_worn"},
            judge="masks",
        ),
        PictureSet(path="street", classes={"walker": "person"}, not_person="statue", faces=True,
                   judge="persons"),
    )  # fmt: skip
    return msgspec.structs.replace(shipped, collage=collage, sets=sets)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Sets with class numbers of their own."""
    masks, street = tmp_path / "data" / "masks", tmp_path / "data" / "street"
    lay(masks, "train", "worn", 1, "1 0.5 0.25 0.2 0.2\n")
    lay(masks, "train", "badly", 2, "0 0.5 0.25 0.2 0.2\n")
    lay(masks, "val", "judge", 3, "1 0.5 0.25 0.2 0.2\n")
    lay(street, "train", "walker", 4, "0 0.25 0.5 0.5 1\n")
    lay(street, "train", "statue", 5, "1 0.25 0.5 0.5 1\n")
    lay(street, "val", "judge", 6, "0 0.25 0.5 0.5 1\n")
    (masks / "data.yaml").write_text("names: [worn_badly, with_mask]\n")
    (street / "data.yaml").write_text("names: {0: walker, 1: statue}\n")
    return tmp_path / "data"


def persons(_picture: NDArray[np.uint8]) -> Boxes:
    """A person on the left, as drawn, and one on the right that nobody drew."""
    return np.array([[2, 1, 63, 127], [80, 10, 120, 120]], np.float32)


def faces(_picture: NDArray[np.uint8]) -> Boxes:
    """One face on each person."""
    return np.array([[20, 5, 40, 25], [90, 12, 110, 30]], np.float32)


def rows(out: Path, name: str, classes: tuple[str, ...]) -> list[tuple[str, list[int]]]:
    """Class names and rounded corners of a picture of the training set."""
    path = next((out / "images").rglob(f"{name}*.jpg"))
    found = read_boxes(path, 128, 128)
    return [(classes[int(row[0])], row[1:].round().astype(int).tolist()) for row in found]


def test_the_set_is_assembled(recipe: Recipe, data: Path, tmp_path: Path) -> None:
    """Names are mapped, teachers add what is undrawn, judges keep to what people drew."""
    out = tmp_path / "out"
    labeller = Labeller(recipe=recipe, persons=persons, faces=faces)
    counts = assemble(labeller, data, out, lambda _line: None)
    left, right = ("person", [2, 1, 63, 127]), ("person", [80, 10, 120, 120])
    bare = [("no_mask", [20, 5, 40, 25]), ("no_mask", [90, 12, 110, 30])]
    mask = [51, 19, 77, 45]
    assert rows(out, "masks_worn", recipe.classes) == [("mask", mask), left, right]
    assert rows(out, "masks_badly", recipe.classes)[0] == ("mask_badly_worn", mask)
    assert rows(out, "street_walker", recipe.classes) == [
        ("person", [0, 0, 64, 128]), right, *bare,
    ]  # fmt: skip
    assert rows(out, "street_statue", recipe.classes) == [right, bare[1]]
    taught = sorted(p.name for p in (out / "images" / "train").iterdir())
    assert [name for name in taught if "badly" in name] == ["masks_badly.jpg"]
    assert sum(name.startswith("collage") for name in taught) == 2
    judged = read_set(out / "judge" / "persons" / "data.yaml")
    assert judged.names == {recipe.classes.index("person"): "person"}
    assert read_boxes(judged.pictures[0], 128, 128).round().tolist() == [[0, 0, 0, 64, 128]]
    assert [p.name for p in read_set(out / "judge" / "small_persons" / "data.yaml").pictures] == [
        "collage_0000.jpg"
    ]
    assert counts[0]["drawn"] == {"mask": 2, "mask_badly_worn": 1}
    assert (counts[1]["train_pictures"], counts[1]["held_apart_pictures"]) == (2, 1)


def test_collages_keep_boxes_on_their_picture(recipe: Recipe, data: Path, tmp_path: Path) -> None:
    """The drawn half of a walker's picture stays half of its cell."""
    only = msgspec.structs.replace(recipe, sets=recipe.sets[1:])
    out = tmp_path / "out"
    labeller = Labeller(recipe=only, persons=lambda _p: np.zeros((0, 4), np.float32), faces=faces)
    assemble(labeller, data, out, lambda _line: None)
    [path] = read_set(out / "judge" / "small_persons" / "data.yaml").pictures
    found = read_boxes(path, 640, 640)[:, 1:]
    size = found[:, 2:] - found[:, :2]
    across = round(640 / size[0, 1])
    assert recipe.collage.fewest_across <= across <= recipe.collage.most_across
    assert len(found) == across**2
    np.testing.assert_allclose(size[:, 0] * 2, size[:, 1], atol=1.5)
    np.testing.assert_allclose(found[:, 0] % (640 // across), 0, atol=1)


def test_a_phase_shows_the_rare_more_often_and_a_share_of_the_rest(
    recipe: Recipe, data: Path, tmp_path: Path
) -> None:
    """The list names a picture as often as its rarest class asks, and none outside the share."""
    out = tmp_path / "out"
    labeller = Labeller(recipe=recipe, persons=persons, faces=faces)
    assemble(labeller, data, out, lambda _line: None)
    phase = msgspec.structs.replace(
        recipe.phases[0],
        repeat={"masks": {"mask": 2, "mask_badly_worn": 3}, "street": {"mask": 9}},
        share={"street": 0.0, "collage": 1.0},
    )
    listed = read_set(write_portion(recipe, phase, out, "some"), "train")
    assert listed.names == dict(enumerate(recipe.classes))
    lines = (out / "some.txt").read_text().splitlines()
    names = sorted(Path(line).stem for line in lines)
    assert names == ["collage_0000", "collage_0001", *["masks_badly"] * 3, *["masks_worn"] * 2]
    assert {picture.stem for picture in listed.pictures} == set(names)


def test_the_shipped_recipe_speaks_of_its_own_sets_and_classes() -> None:
    """A misspelt set or class in a phase would silently do nothing."""
    recipe = read_recipe()
    sets = {one.path for one in recipe.sets}
    for phase in recipe.phases:
        assert set(phase.repeat) <= sets
        assert set(phase.share) <= sets | {"collage"}
        assert {name for by in phase.repeat.values() for name in by} <= set(recipe.classes)
    assert {ours for one in recipe.sets for ours in one.classes.values()} == set(recipe.classes)
