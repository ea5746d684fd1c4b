"""Owns the last step of training: forms of the weights, thresholds, scores, the card."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import numpy as np

from models.evaluate.matching import Matches
from models.evaluate.score import Scores, look, matches_of, score_model, shared_classes
from models.evaluate.subject import with_card
from models.evaluate.yolo_set import picture_files, read_set
from models.session import ModelCard
from models.training.quantise import quantise
from models.training.recipe import Recipe
from models.training.train import export_onnx

LIMITS = (
    "Fine-tuned on some two thousand web pictures. Finds a person from about 20 px, a face from "
    "about 10 px of height at the network's input. Masks were learnt from photos taken near eye "
    "level; a ceiling camera finds fewer, so rules look at a track, not a frame. Badly worn masks "
    "were drawn 87 times in all: that class misses most. It tells that a mask is there, not "
    "whether it is of a medical kind. Not for recognising anyone. Medical protective wear, caps, "
    "gloves, waste and sharps are not known to it: they wait for the authority's own pictures."
)
NOTE = (
    "by drawn boxes of pictures that taught nothing; thresholds, input size and when to stop were "
    "chosen on them, so expect a little less elsewhere. `persons` leaves people in the background "
    "undrawn, which costs any model precision and AP50. low and high: 95 % by bootstrap over "
    "pictures"
)
TIMED_KEYS = ("ms_median", "ms_p95", "cpu_ms_median")


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One form of the weights with its card, and what it scores by group of pictures."""

    card: ModelCard
    scores: dict[str, Scores]

    def mean_ap50(self) -> float:
        """Over every class of every group."""
        values = [
            v for group in self.scores.values() for k, v in group.items() if k.endswith(".ap50")
        ]
        return float(np.mean([float(str(value)) for value in values]))


def publish(
    recipe: Recipe,
    *,
    checkpoint: Path,
    pictures: Path,
    counts: list[dict[str, object]],
    made_with: dict[str, object],
    out: Path,
    tell: Callable[[str], None],
) -> Path:
    """Exports a checkpoint, quantises it, keeps the better form; returns the card's path.

    Args:
        pictures: what `assemble` wrote.
        made_with: further facts of the making, for the card.
    """
    work = out / "forms"
    work.mkdir(parents=True, exist_ok=True)
    whole, small = work / "fp32.onnx", work / "int8.onnx"
    export_onnx(checkpoint, recipe.input_px, whole)
    shown = picture_files(pictures / "images" / "train")
    step = max(1, len(shown) // recipe.calibration)
    quantise(whole, small, shown[::step], size_px=recipe.input_px)
    forms = {}
    for weights in (whole, small):
        forms[weights.stem] = _measure(recipe, weights, pictures, counts, made_with)
        tell(f"{weights.stem}: mean AP50 {forms[weights.stem].mean_ap50():.4f}")
    lost = forms["fp32"].mean_ap50() - forms["int8"].mean_ap50()
    chosen = "int8" if lost <= recipe.int8_may_lose else "fp32"
    return _write(recipe, forms, chosen, work, out)


def _measure(
    recipe: Recipe,
    weights: Path,
    pictures: Path,
    counts: list[dict[str, object]],
    made_with: dict[str, object],
) -> Form:
    card = ModelCard(
        name=recipe.name,
        version=recipe.version,
        file=weights.name,
        sha256=hashlib.sha256(weights.read_bytes()).hexdigest(),
        size_px=recipe.input_px,
        classes=recipe.classes,
        min_score=0.25,
        rectangular=True,  # measured: as good on held-apart pictures, a quarter cheaper
        licence="AGPL-3.0-only (fine-tuned with ultralytics from ultralytics' weights)",
        trained_at=datetime.now(UTC).strftime("%Y-%m-%d"),
        recipe={**msgspec.to_builtins(recipe), **made_with},
        data=counts,
        scores={},
        limits=LIMITS,
    )
    path = weights.with_suffix(".card.json")
    _write_card(path, card)
    least = {name: m.best_threshold() for name, m in _held_apart(path, pictures).items()}
    card = msgspec.structs.replace(
        card,
        min_score=round(least[recipe.classes[0]], 3),
        min_scores={name: round(score, 3) for name, score in least.items()},
    )
    _write_card(path, card)
    subject = with_card(path, threads=1)
    groups = sorted((pictures / "judge").iterdir())
    return Form(
        card=card,
        scores={g.name: score_model(subject, read_set(g / "data.yaml")) for g in groups},
    )


def _held_apart(path: Path, pictures: Path) -> dict[str, Matches]:
    """Matches by class on all held-apart pictures, where teachers drew what people did not."""
    subject, data = with_card(path, threads=1), read_set(pictures / "data.yaml")
    seen = look(subject, data)
    names = shared_classes(subject, data, None)
    return {name: matches_of(subject, data, seen, name, None) for name in names}


def _write(recipe: Recipe, forms: dict[str, Form], chosen: str, work: Path, out: Path) -> Path:
    form = forms[chosen]
    file = f"{recipe.name}.onnx"
    shutil.copyfile(work / form.card.file, out / file)
    speed = {
        name: {key: one.scores["masks" if "masks" in one.scores else next(iter(one.scores))][key]
               for key in TIMED_KEYS}
        for name, one in forms.items()
    }  # fmt: skip
    scores: dict[str, object] = {
        group: {k: v for k, v in found.items() if "." in k or k == "pictures"}
        for group, found in form.scores.items()
    }
    scores |= {
        "note": NOTE,
        "form": chosen,
        "mean_ap50_of_forms": {name: round(one.mean_ap50(), 4) for name, one in forms.items()},
        "ms_at_1_thread_of_forms": speed,
    }
    path = out / f"{recipe.name}.card.json"
    _write_card(path, msgspec.structs.replace(form.card, file=file, scores=scores))
    return path


def _write_card(path: Path, card: ModelCard) -> None:
    path.write_bytes(msgspec.json.format(msgspec.json.encode(card), indent=1) + b"\n")
