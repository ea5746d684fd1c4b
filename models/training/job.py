"""The whole of `vigil model train`: data, training, export, scores, card."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from models.evaluate import evaluate_model
from models.session import ModelCard
from models.training.dataset import assemble
from models.training.recipe import Recipe, read_recipe
from models.training.train import export_onnx, train

LIMITS = (
    "Trained from random weights on some two thousand web pictures. Persons whole or from the "
    "chest up, at least about 25 px tall at the network's input; finds some four in ten of the "
    "drawn persons on held-apart pictures and collages, so rules must look more than once. Not for "
    "faces, masks or clothing; "
    "medical protective wear, waste and sharps wait for the authority's own pictures."
)


def run(
    data: Path,
    teacher: Path,
    out: Path,
    *,
    recipe_path: Path | None,
    threads: int,
    tell: Callable[[str], None],
) -> Path:
    """Follows a recipe from pictures to a card beside its weights; returns the card's path."""
    recipe = read_recipe(recipe_path)
    pictures = out / "pictures"
    counts = assemble(recipe, data, teacher, pictures, tell)
    (out / "data.json").write_text(json.dumps(counts, indent=1))
    checkpoint = train(recipe, pictures, out / "runs", threads=threads)
    return publish(
        recipe,
        checkpoint=checkpoint,
        data_yaml=pictures / "data.yaml",
        counts=counts,
        teacher=teacher,
        out=out,
    )


def publish(
    recipe: Recipe,
    *,
    checkpoint: Path,
    data_yaml: Path,
    counts: list[dict[str, object]],
    teacher: Path,
    out: Path,
) -> Path:
    """Exports a checkpoint, chooses its threshold, scores it, and writes weights and card."""
    weights = out / f"{recipe.name}.onnx"
    export_onnx(checkpoint, recipe.input_px, weights)
    card = ModelCard(
        name=recipe.name,
        version=recipe.version,
        file=weights.name,
        sha256=hashlib.sha256(weights.read_bytes()).hexdigest(),
        size_px=recipe.input_px,
        classes=recipe.classes,
        min_score=0.25,
        licence="AGPL-3.0-only (made with ultralytics)",
        trained_at=datetime.now(UTC).strftime("%Y-%m-%d"),
        recipe={
            **msgspec.to_builtins(recipe),
            "teacher_file": teacher.name,
            "teacher_sha256": hashlib.sha256(teacher.read_bytes()).hexdigest(),
        },
        data=counts,
        scores={},
        limits=LIMITS,
    )
    path = out / f"{recipe.name}.card.json"
    _write(path, card)
    threshold = float(evaluate_model(path, data_yaml)[f"{recipe.classes[0]}.best_threshold"])
    card = msgspec.structs.replace(card, min_score=threshold)
    _write(path, card)
    scores = evaluate_model(path, data_yaml)
    scores["note"] = (
        "drawn boxes of held-apart pictures and their collages; threshold, checkpoint and input "
        "size were chosen on the same ones, so expect less elsewhere"
    )
    _write(path, msgspec.structs.replace(card, scores=scores))
    return path


def _write(path: Path, card: ModelCard) -> None:
    path.write_bytes(msgspec.json.format(msgspec.json.encode(card), indent=1) + b"\n")
