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
from models.picture import Letterbox, letterbox
from models.types import Detections

STRIDE_PX = 32  # of the YOLO family: sides of its input are multiples of it


class ModelCard(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a weights file; lies beside it as ``NAME.card.json``.

    Attributes:
        sha256: hex digest of the weights file; a session refuses any other file.
        size_px: side of the network's square input.
        classes: names, in the order of the head's class scores.
        min_score: threshold chosen on held-apart pictures (``scores`` says how it does there).
        min_scores: the same by class name, for classes whose own threshold is another.
        rectangular: it was found to see as well when a wide picture is padded to a multiple of
            ``STRIDE_PX`` only, not to a square; then 4:3 costs a quarter less.
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
    min_scores: dict[str, float] = {}
    rectangular: bool = False


def read_card(path: Path) -> ModelCard:
    """Reads a model card.

    Raises:
        ModelError: no such file, or not a card.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=ModelCard)
    except OSError as error:
        raise ModelError(
            f"no model card at {path}; set VIGIL_MODEL_CARD or run `vigil model train`"
        ) from error
    except msgspec.MsgspecError as error:
        raise ModelError(f"{path} is not a model card: {error}") from error


def bundled_card_path() -> Path:
    """The card of the detector that ships with Vigil: people, and how they wear a mask."""
    return Path(__file__).parent / "bundled" / "people_masks.card.json"


class DetectorSession:
    """One loaded network. ``run`` is for one thread at a time; the rest may run beside it.

    Attributes:
        card: what is known of the weights.
        stride_px: of what its sides are multiples; None where it is given squares only.
        one_by_one: it takes no batches; ``run`` gives it picture after picture.
    """

    def __init__(self, card: ModelCard, weights: bytes, *, threads: int) -> None:
        check_digest(card.file, weights, card.sha256)
        self.card = card
        self._session = open_session(weights, threads=threads)
        taken = self._session.get_inputs()[0]
        self._input = taken.name
        batch, *_, high, wide = taken.shape
        self.one_by_one = isinstance(batch, int)
        if self.one_by_one and batch != 1:
            raise ModelError(
                f"{card.file} takes {batch} pictures at once: export it for any number"
            )
        free = not isinstance(high, int) and not isinstance(wide, int)
        self.stride_px = STRIDE_PX if free and card.rectangular else None
        self._least = np.array(
            [card.min_scores.get(name, card.min_score) for name in card.classes], np.float32
        )

    @property
    def label(self) -> str:
        """Which model this is: name, version and the start of its digest."""
        return f"{self.card.name}/{self.card.version}/{self.card.sha256[:12]}"

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
        except OSError as error:
            raise ModelError(
                f"model file {weights_path} is missing; restore it from the release "
                "or train one with `vigil model train`"
            ) from error
        return cls(card, weights, threads=threads)

    def fit(
        self,
        picture: NDArray[np.uint8],
        *,
        width_px: int | None = None,
        height_px: int | None = None,
    ) -> tuple[NDArray[np.float32], Letterbox]:
        """A BGR picture as the network takes it, float32 ``(3, h, w)``; see ``letterbox``."""
        return letterbox(
            picture, self.card.size_px, stride_px=self.stride_px, width_px=width_px,
            height_px=height_px,
        )  # fmt: skip

    def prepare(self, pictures: list[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """Fits BGR pictures of one shape into the network's input, float32 ``(n, 3, h, w)``."""
        return np.stack([self.fit(picture)[0] for picture in pictures])

    def run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """The bare network: ``(n, 3, h, w)`` to ``(n, 4 + classes, anchors)``, or end to end.

        What it says of a picture does not depend on the others (bit for bit on the CPU).
        """
        parts = np.split(batch, len(batch)) if self.one_by_one and len(batch) > 1 else [batch]
        outputs = [self._session.run(None, {self._input: part})[0] for part in parts]
        return np.asarray(outputs[0] if len(outputs) == 1 else np.concatenate(outputs), np.float32)

    def read(self, output: NDArray[np.float32], fit: Letterbox) -> Detections:
        """One picture's raw output as detections, each class by its own threshold."""
        found = yolo.decode(output, fit, min_score=float(self._least.min()))
        return found.where(found.score >= self._least[found.class_id])

    def detect(self, pictures: list[NDArray[np.uint8]]) -> list[Detections]:
        """Finds the card's classes in BGR uint8 pictures ``(h, w, 3)``, one result each."""
        fitted = [self.fit(picture) for picture in pictures]
        if len({chw.shape for chw, _ in fitted}) != 1:  # they do not stack
            return [self.read(self.run(chw[None])[0], fit) for chw, fit in fitted]
        outputs = self.run(np.stack([chw for chw, _ in fitted]))
        return [self.read(output, fit) for output, (_, fit) in zip(outputs, fitted, strict=True)]


def check_digest(file: str, weights: bytes, sha256: str) -> None:
    """Sees that weights are those a card was written for.

    Raises:
        ModelError: they are others, or were changed.
    """
    digest = hashlib.sha256(weights).hexdigest()
    if digest != sha256:
        raise ModelError(
            f"weights {file} have sha256 {digest[:16]}..., the card says "
            f"{sha256[:16]}...: restore the file that belongs to the card"
        )


def open_session(weights: bytes, *, threads: int) -> ort.InferenceSession:
    """Opens raw ONNX bytes on the best provider at hand.

    Raises:
        ModelError: the bytes are not a model that onnxruntime can run.
    """
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Threads that wait for each other do so asleep: broker and database share the machine.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    wanted = ("CUDAExecutionProvider", "CPUExecutionProvider")
    providers = [p for p in wanted if p in ort.get_available_providers()]
    try:
        return ort.InferenceSession(weights, options, providers=providers)
    except Exception as error:  # onnxruntime raises many unrelated types
        raise ModelError(f"onnxruntime cannot run this model: {error}") from error
