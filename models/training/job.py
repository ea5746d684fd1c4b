"""The whole of `vigil model train`: weights, data, training, export, scores, card."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

from models.training.dataset import assemble
from models.training.labels import Labeller
from models.training.publish import publish
from models.training.recipe import read_recipe
from models.training.teachers import face_look, person_look
from models.training.train import train
from models.training.weights import obtain


def run(
    data: Path,
    out: Path,
    *,
    faces: Path,
    start: Path | None,
    teacher: Path | None,
    recipe_path: Path | None,
    threads: int,
    tell: Callable[[str], None],
) -> Path:
    """Follows a recipe from pictures to a card beside its weights; returns the card's path.

    Args:
        faces: the face teacher's ONNX file.
        start: the recipe's start weights; fetched when None. Likewise ``teacher``.

    Raises:
        ModelError: weights that are not the recipe's, or that cannot be had.
    """
    recipe = read_recipe(recipe_path)
    fetched, pictures = out / "fetched", out / "pictures"
    first = obtain(recipe.start, fetched, given=start)
    large = obtain(recipe.person_teacher.weights, fetched, given=teacher)
    labeller = Labeller(
        recipe=recipe,
        persons=person_look(recipe.person_teacher, large),
        faces=face_look(recipe.face_teacher, faces),
    )
    counts = assemble(labeller, data, pictures, tell)
    (out / "data.json").write_text(json.dumps(counts, indent=1))
    checkpoint = train(recipe, pictures, first, out / "runs", threads=threads)
    return publish(
        recipe,
        checkpoint=checkpoint,
        pictures=pictures,
        counts=counts,
        made_with={
            "face_teacher_file": faces.name,
            "face_teacher_sha256": hashlib.sha256(faces.read_bytes()).hexdigest(),
        },
        out=out,
        tell=tell,
    )
