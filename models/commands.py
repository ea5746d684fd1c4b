"""Commands over weights: `vigil model train`, `evaluate` and `card`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from models.errors import ModelError
from models.session import bundled_card_path, read_card

model = typer.Typer(help="Train, score and inspect the detector.", no_args_is_help=True)


@model.command()
def card(
    path: Annotated[Path | None, typer.Argument(help="A NAME.card.json; the bundled one.")] = None,
) -> None:
    """Print a model's card."""
    found = read_card(path or bundled_card_path())
    typer.echo(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())


@model.command()
def evaluate(
    data_yaml: Annotated[Path, typer.Argument(help="YOLO data set.", exists=True)],
    card_path: Annotated[Path | None, typer.Option("--card", help="Model to score.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Score a model on a YOLO data set's `val` pictures, by class name."""
    from models.evaluate import evaluate_model

    try:
        scores = evaluate_model(card_path or bundled_card_path(), data_yaml)
    except ModelError as error:
        raise typer.BadParameter(str(error)) from error
    if as_json:
        typer.echo(msgspec.json.encode(scores).decode())
        return
    for name, value in scores.items():
        typer.echo(f"{name:28} {value}")


@model.command()
def train(
    data: Annotated[Path, typer.Option(help="Folder the recipe's sets lie in.", exists=True)],
    teacher: Annotated[Path, typer.Option(help="ONNX model that labels.", exists=True)],
    out: Annotated[Path, typer.Option(help="Where the model and its card go.")] = Path(
        "build/model"
    ),
    recipe: Annotated[Path | None, typer.Option(help="Recipe; the shipped one.")] = None,
    threads: Annotated[int, typer.Option(help="CPU threads.")] = 2,
) -> None:
    """Assemble the data, train, export, score and write the card (needs the extra `training`)."""
    from models.training.job import run

    made = run(data, teacher, out, recipe_path=recipe, threads=threads, tell=typer.echo)
    typer.echo(f"{made}: set VIGIL_MODEL_CARD to it, or copy it over the bundled one")
