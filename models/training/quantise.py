"""Owns the int8 form of an ONNX file: static, per channel, calibrated on pictures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.picture import decode_jpeg, letterbox
from models.session import open_session


def quantise(weights: Path, target: Path, pictures: list[Path], *, size_px: int) -> None:
    """Writes ``weights`` with int8 convolutions (QDQ); all between them stays float."""
    from onnxruntime.quantization import (
        CalibrationDataReader,
        CalibrationMethod,
        QuantFormat,
        QuantType,
        quantize_static,
    )
    from onnxruntime.quantization.shape_inference import quant_pre_process

    feed = open_session(weights.read_bytes(), threads=1).get_inputs()[0].name

    class Reader(CalibrationDataReader):  # type: ignore[misc]
        def __init__(self) -> None:
            self._left = _fitted(pictures, size_px)

        def get_next(self) -> dict[str, NDArray[np.float32]] | None:
            chw = next(self._left, None)
            return None if chw is None else {feed: chw[None]}

    ready = target.with_suffix(".ready.onnx")
    quant_pre_process(str(weights), str(ready), skip_symbolic_shape=True)
    quantize_static(
        str(ready), str(target), Reader(), quant_format=QuantFormat.QDQ, per_channel=True,
        activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
        op_types_to_quantize=["Conv"], calibrate_method=CalibrationMethod.MinMax,
    )  # fmt: skip
    ready.unlink()


def _fitted(pictures: list[Path], size_px: int) -> Iterator[NDArray[np.float32]]:
    for path in pictures:
        yield letterbox(decode_jpeg(path.read_bytes()), size_px)[0]
