"""`vigil model evaluate`: any model on any set, by class name."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from models.commands import model
from models.errors import ModelError
from models.evaluate.class_names import read_mapping, same_name
from models.evaluate.score import evaluate_card, score_model
from models.evaluate.subject import with_card, without_card
from models.evaluate.yolo_set import read_set
from models.picture import decode_jpeg, encode_jpeg
from models.session import bundled_card_path, read_card

RUN = CliRunner()
WEIGHTS = bundled_card_path().parent / read_card(bundled_card_path()).file


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A YOLO set of two pictures, one without a label, and a broken one."""
    pictures, labels = tmp_path / "images" / "val", tmp_path / "labels" / "val"
    pictures.mkdir(parents=True)
    labels.mkdir(parents=True)
    jpeg = encode_jpeg(np.full((100, 200, 3), 90, np.uint8))
    (pictures / "a.jpg").write_bytes(jpeg)
    (labels / "a.txt").write_text("0 0.5 0.5 0.25 0.5\n1 0.1 0.1 0.1 0.1\n")
    (pictures / "b.jpg").write_bytes(jpeg)
    (pictures / "broken.jpg").write_bytes(jpeg[:50])
    described = tmp_path / "data.yaml"
    described.write_text("path: .\nval: images/val\nnames: {0: person, 1: person-like}\n")
    return described


def test_a_whole_set_is_scored_by_class_name(data: Path) -> None:
    """What cannot be read and what nobody knows is counted and named."""
    scores = evaluate_card(bundled_card_path(), read_set(data))
    assert (scores["pictures"], scores["unreadable"]) == (2, 1)
    assert scores["unreadable_names"] == ["broken.jpg"]
    assert scores["unknown_classes"] == ["person-like"]
    assert scores["person.drawn"] == 1
    assert scores["person.ap50_low"] <= scores["person.ap50"] <= scores["person.ap50_high"]  # type: ignore[operator]
    assert 0 < float(str(scores["ms_median"])) <= float(str(scores["ms_p95"]))
    assert not any(name.startswith("person-like.") for name in scores)


def test_a_perfect_score_is_one(data: Path) -> None:
    """Labels written from the model's own boxes are all found again."""
    subject = with_card(bundled_card_path(), threads=1)
    rng = np.random.default_rng(3)
    picture = rng.integers(0, 255, (100, 200, 3)).astype(np.uint8)
    (data.parent / "images" / "val" / "a.jpg").write_bytes(encode_jpeg(picture, quality=100))
    seen = decode_jpeg((data.parent / "images" / "val" / "a.jpg").read_bytes())
    boxes = subject.session.detect([seen])[0]
    mine = boxes.where(boxes.class_id == 0).boxes_xyxy
    lines = [
        f"0 {(x0 + x1) / 400} {(y0 + y1) / 200} {(x1 - x0) / 200} {(y1 - y0) / 100}"
        for x0, y0, x1, y1 in mine.tolist()
    ]
    assert lines
    (data.parent / "labels" / "val" / "a.txt").write_text("\n".join(lines))
    (data.parent / "images" / "val" / "b.jpg").unlink()
    assert score_model(subject, read_set(data))["person.ap50"] == 1.0


def test_a_model_without_a_card_scores_as_with_it(data: Path) -> None:
    """Its class names come out of the ONNX file, its size is given."""
    bundled = read_card(bundled_card_path())
    bare = without_card(WEIGHTS, threads=1, size_px=bundled.size_px)
    assert bare.card.classes == bundled.classes
    mine, theirs = (
        score_model(bare, read_set(data)),
        evaluate_card(bundled_card_path(), read_set(data)),
    )
    assert mine["person.ap50"] == theirs["person.ap50"]
    assert mine["person.best_threshold"] == theirs["person.best_threshold"]


def test_names_given_must_fit_the_head() -> None:
    """Two names for another number of outputs is a mistake, said as one."""
    with pytest.raises(ModelError, match="but 2 are named"):
        without_card(WEIGHTS, threads=1, names=("a", "b"))


def test_a_network_that_is_no_detector_is_refused() -> None:
    """The face finder that ships beside it has other outputs."""
    with pytest.raises(ModelError, match="not a YOLO"):
        without_card(WEIGHTS.with_name("faces.onnx"), threads=1, names=("face",))
    with pytest.raises(ModelError, match="does not say its class names"):
        without_card(WEIGHTS.with_name("faces.onnx"), threads=1)


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("with_mask", "mask"), ("With Mask", "mask"), ("without-mask", "no_mask"),
        ("mask_weared_incorrect", "mask_badly_worn"), ("Pedestrian", "person"), ("dog", "dog"),
    ],
)  # fmt: skip
def test_names_that_mean_the_same(theirs: str, ours: str) -> None:
    """Case, spaces and published names do not hinder a comparison."""
    assert same_name(theirs) == ours


def test_a_mapping_wins_over_synonyms() -> None:
    """What the user says is what counts."""
    assert same_name("with_mask", read_mapping(["with_mask = person"])) == "person"
    for bad in ("mask", "=mask", "mask="):
        with pytest.raises(ModelError, match="THEIRS=OURS"):
            read_mapping([bad])


def test_the_command_writes_one_json_document(data: Path) -> None:
    """`--map` makes another set's class ours."""
    data.write_text("val: images/val\nnames: [walker, other]\n")
    done = RUN.invoke(model, ["evaluate", str(data), "--json", "--map", "walker=person"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["person.drawn"] == 1


def test_the_command_shows_a_table(data: Path) -> None:
    """The unreadable picture and the unknown class are named under it."""
    done = RUN.invoke(model, ["evaluate", str(data)])
    assert done.exit_code == 0, done.output
    for said in ("AP50", "person", "broken.jpg", "person-like", "ms a picture"):
        assert said in done.stdout


def test_a_model_compared_with_itself_gains_nothing(data: Path) -> None:
    """Both meet the same pictures and draws, so the interval is a point."""
    card = str(bundled_card_path())
    done = RUN.invoke(model, ["compare", card, card, str(data), "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["person.first"] == found["person.second"]
    assert (found["person.gain_low"], found["person.gain"], found["person.gain_high"]) == (0, 0, 0)
    shown = RUN.invoke(model, ["compare", card, card, str(data)])
    assert "+0.000" in shown.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--split", "test"], "--split"),
        (["--model", "none.onnx"], "cannot be read"),
        (["--card", "none.json"], "no model card"),
        (["--card", "a", "--model", "b"], "give one"),
        (["--map", "person"], "THEIRS=OURS"),
        (["--map", "person=dog"], "no class in common"),
    ],
)
def test_a_mistake_is_answered_in_a_sentence(data: Path, arguments: list[str], said: str) -> None:
    """No traceback, and a word on what to do."""
    done = RUN.invoke(model, ["evaluate", str(data), *arguments], env={"COLUMNS": "300"})
    assert done.exit_code == 2
    assert said in " ".join(done.output.split())


def test_no_readable_picture_is_an_error(data: Path) -> None:
    """A set of broken pictures has no score, not a score of nought."""
    for name in ("a", "b"):
        (data.parent / "images" / "val" / f"{name}.jpg").unlink()
    with pytest.raises(ModelError, match="none of 1 pictures can be read"):
        evaluate_card(bundled_card_path(), read_set(data))
