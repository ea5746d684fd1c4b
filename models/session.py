"""The one door to onnxruntime: a verified file in, detections out. Must not know rules."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec
import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from models import yolo
from models.errors import ModelError
from models.picture import letterbox
from models.types import Detections


class ModelCard(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a weights file; lies beside it as ``NAME.card.json``.

    Attributes:
        sha256: hex digest of the weights file; a session refuses any other file.
        size_px: side of the network's square input.
        classes: names, in the order of the head's class scores.
        min_score: threshold chosen on held-apart pictures (``scores`` says how it does there).
    """

    name: str
    version: str
    file: str
    sha256: str
    size_px: int
    classes: tuple[str, ...]
    min_score: float
    licence: str
    trained_at: str
    recipe: dict[str, object]
    data: list[dict[str, object]]
    scores: dict[str, object]
    limits: str


def read_card(path: Path) -> ModelCard:
    """Reads a model card.

    Raises:
        ModelError: no such file, or not a card.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=ModelCard)
    except FileNotFoundError as error:
        raise ModelError(
            f"no model card at {path}; set VIGIL_MODEL_CARD or run `vigil model train`"
        ) from error
    except msgspec.MsgspecError as error:
        raise ModelError(f"{path} is not a model card: {error}") from error


def bundled_card_path() -> Path:
    """The card of the person detector that ships with Vigil."""
    return Path(__file__).parent / "bundled" / "person.card.json"


class DetectorSession:
    """One loaded network. Create it once per process; ``detect`` is not thread-safe."""

    def __init__(self, card: ModelCard, weights: bytes, *, threads: int) -> None:
        digest = hashlib.sha256(weights).hexdigest()
        if digest != card.sha256:
            raise ModelError(
                f"weights {card.file} have sha256 {digest[:16]}..., the card says "
                f"{card.sha256[:16]}...: restore the file that belongs to the card"
            )
        self.card = card
        self._session = open_session(weights, threads=threads)
        self._input = self._session.get_inputs()[0].name

    @classmethod
    def load(cls, card_path: Path, *, threads: int = 1) -> DetectorSession:
        """Opens the weights a card names.

        Raises:
            ModelError: card or weights missing, changed or unusable.
        """
        card = read_card(card_path)
        weights_path = card_path.parent / card.file
        try:
            weights = weights_path.read_bytes()
        except FileNotFoundError as error:
            raise ModelError(
                f"model file {weights_path} is missing; restore it from the release "
                "or train one with `vigil model train`"
            ) from error
        return cls(card, weights, threads=threads)

    def prepare(self, pictures: list[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """Fits BGR pictures into the network's input, float32 ``(n, 3, size, size)``."""
        return np.stack([letterbox(p, self.card.size_px)[0] for p in pictures])

    def run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """The bare network: ``(n, 3, size, size)`` to ``(n, 4 + classes, anchors)``."""
        return np.asarray(self._session.run(None, {self._input: batch})[0], np.float32)

    def detect(self, pictures: list[NDArray[np.uint8]]) -> list[Detections]:
        """Finds the card's classes in BGR uint8 pictures ``(h, w, 3)``, one result each."""
        if not pictures:
            return []
        fitted = [letterbox(picture, self.card.size_px) for picture in pictures]
        outputs = self.run(np.stack([chw for chw, _ in fitted]))
        return [
            yolo.decode(output, fit, min_score=self.card.min_score)
            for output, (_, fit) in zip(outputs, fitted, strict=True)
        ]


def open_session(weights: bytes, *, threads: int) -> ort.InferenceSession:
    """Opens raw ONNX bytes on the best provider at hand.

    Raises:
        ModelError: the bytes are not a model that onnxruntime can run.
    """
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    wanted = ("CUDAExecutionProvider", "CPUExecutionProvider")
    providers = [p for p in wanted if p in ort.get_available_providers()]
    try:
        return ort.InferenceSession(weights, options, providers=providers)
    except Exception as error:  # onnxruntime raises many unrelated types
        raise ModelError(f"onnxruntime cannot run this model: {error}") from error
