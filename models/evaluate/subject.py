"""Owns the model being scored: one with a card, or any ONNX detector with a YOLO head."""

from __future__ import annotations

import ast
import hashlib
from dataclasses import dataclass
from pathlib import Path

import msgspec

from models import yolo
from models.errors import ModelError
from models.evaluate.matching import LOWEST_SCORE
from models.session import DetectorSession, ModelCard, open_session, read_card

DEFAULT_THRESHOLD = 0.25  # ultralytics' own
DEFAULT_SIZE_PX = 640
BOX_ROWS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A loaded model that tells all it sees, and the threshold it would be used at by class."""

    card: ModelCard
    session: DetectorSession
    threads: int
    provider: str

    def threshold(self, name: str) -> float:
        """The score below which a box of this class is dropped in use."""
        return self.card.min_scores.get(name, self.card.min_score)


def with_card(card_path: Path, *, threads: int, size_px: int | None = None) -> Subject:
    """The model a card names; its digest is checked.

    Raises:
        ModelError: card or weights missing, changed or unusable.
    """
    card = read_card(card_path)
    if size_px:
        card = msgspec.structs.replace(card, size_px=size_px)
    try:
        weights = (card_path.parent / card.file).read_bytes()
    except OSError as error:
        raise ModelError(f"weights of {card_path} cannot be read: {error}") from error
    return _open(card, weights, threads)


def without_card(
    path: Path,
    *,
    threads: int,
    names: tuple[str, ...] | None = None,
    size_px: int | None = None,
    threshold: float = DEFAULT_THRESHOLD,
) -> Subject:
    """An ONNX file; class names and size are its own unless given.

    Raises:
        ModelError: not such a model, or it does not say its class names or has other ones.
    """
    try:
        weights = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error}") from error
    raw = open_session(weights, threads=threads)
    said = raw.get_modelmeta().custom_metadata_map
    names = names or _own_names(said.get("names", ""))
    if not names:
        raise ModelError(f"{path} does not say its class names: give them in order, --names a,b,c")
    _check_head(path, raw.get_inputs()[0], raw.get_outputs()[0].shape, len(names))
    side = raw.get_inputs()[0].shape[-1]
    card = ModelCard(
        name=path.name,
        version="",
        file=path.name,
        sha256=hashlib.sha256(weights).hexdigest(),
        size_px=side if isinstance(side, int) else size_px or _own_size(said.get("imgsz", "")),
        classes=names,
        min_score=threshold,
        licence=said.get("license", ""),
        trained_at=said.get("date", ""),
        recipe={},
        data=[],
        scores={},
        limits="",
    )
    if size_px and card.size_px != size_px:
        raise ModelError(f"{path} takes pictures of {card.size_px} px only: leave --size away")
    return _open(card, weights, threads)


def _open(card: ModelCard, weights: bytes, threads: int) -> Subject:
    telling = msgspec.structs.replace(card, min_score=LOWEST_SCORE, min_scores={})
    session = DetectorSession(telling, weights, threads=threads)
    provider = open_session(weights, threads=threads).get_providers()[0]
    return Subject(card=card, session=session, threads=threads, provider=provider)


def _own_names(text: str) -> tuple[str, ...]:
    """Class names as ultralytics writes them into an ONNX file: a dict as Python text."""
    try:
        names = ast.literal_eval(text or "{}")
        return tuple(str(names[number]) for number in sorted(names))
    except (ValueError, SyntaxError, TypeError, KeyError):
        return ()


def _own_size(text: str) -> int:
    try:
        return int(ast.literal_eval(text)[0])
    except (ValueError, SyntaxError, TypeError, IndexError):
        return DEFAULT_SIZE_PX


def _check_head(path: Path, takes: object, shape: list[object], classes: int) -> None:
    """An output is ``(n, 4 + classes, anchors)`` or, end to end, ``(n, boxes, 6)``."""
    kind, sides = getattr(takes, "type", ""), list(getattr(takes, "shape", []))
    match sides:
        case [_, _, int(high), int(wide)] if high != wide:
            raise ModelError(f"{path} takes pictures of {wide}x{high} px: export it for a square")
        case [_, 3 | str(), _, _] if kind == "tensor(float)":
            pass
        case _:
            raise ModelError(f"{path} takes {kind} {sides}, not float pictures (n, 3, h, w)")
    match shape:
        case [_, _, yolo.END_TO_END_COLUMNS] | [_, str(), _]:
            pass
        case [_, int(rows), _] if rows == BOX_ROWS + classes:
            pass
        case [_, int(rows), _] if rows > BOX_ROWS:
            known = rows - BOX_ROWS
            raise ModelError(f"{path} gives {shape}: {known} classes, but {classes} are named")
        case _:
            raise ModelError(f"{path} gives {shape}: not a YOLO v8, 11 or 26 head")
