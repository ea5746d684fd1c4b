"""The one door to ultralytics: a YOLO data set and start weights in, an ONNX file out."""

from __future__ import annotations

import importlib
import math
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.training.portion import write_portion
from models.training.recipe import Phase, Recipe


def train(recipe: Recipe, data: Path, start: Path, runs: Path, *, threads: int) -> Path:
    """Trains on from ``start`` through the recipe's phases; returns the last checkpoint.

    Args:
        data: folder of the data set that `assemble` wrote.
    """
    checkpoint = start
    for number, phase in enumerate(recipe.phases):
        part = write_portion(recipe, phase, data, f"phase{number}")
        run = runs / f"phase{number}"
        checkpoint = train_phase(recipe, phase, checkpoint, part, run, threads=threads)
    return checkpoint


def train_phase(
    recipe: Recipe, phase: Phase, start: Path, data_yaml: Path, run: Path, *, threads: int
) -> Path:
    """Trains on from a checkpoint; returns the last: held-apart pictures choose nothing."""
    _prepare(threads)
    import torch
    from ultralytics import YOLO
    from ultralytics.models.yolo.detect import DetectionTrainer

    class Trainer(DetectionTrainer):  # type: ignore[misc]
        def get_model(self, cfg: object = None, weights: Any = None, verbose: bool = True) -> Any:  # noqa: ARG002
            return new_classes(weights, recipe.classes)

    YOLO(str(start)).train(
        trainer=Trainer, data=str(data_yaml), imgsz=recipe.size_px, epochs=phase.epochs,
        batch=phase.batch, nbs=phase.batch, seed=recipe.seed, deterministic=False, amp=False,
        project=str(run.parent.resolve()), name=run.name, exist_ok=True, workers=0, cache="ram",
        optimizer="AdamW", lr0=phase.rate, lrf=0.02, cos_lr=True, warmup_epochs=0.5,
        freeze=phase.frozen_layers, mosaic=0.6, close_mosaic=2, scale=0.5, degrees=4, hsv_s=0.8,
        plots=False, val=False, patience=0, device="cuda" if torch.cuda.is_available() else "cpu",
    )  # fmt: skip
    return run / "weights" / "last.pt"


def new_classes(network: Any, classes: tuple[str, ...]) -> Any:
    """Gives a network other classes and keeps all else it learnt, also the classes it shares.

    The one-to-one branch of YOLO26 goes: its twin needs suppression, but is the better at small
    objects and halves the loss's work.
    """
    import torch

    known = [network.names[i] for i in range(len(network.names))]
    head = network.model[-1]
    if tuple(known) != classes:
        for branch, stride in zip(head.cv3, (8, 16, 32), strict=True):
            old = branch[-1]
            new = torch.nn.Conv2d(old.in_channels, len(classes), 1)
            torch.nn.init.normal_(new.weight, std=0.01)
            torch.nn.init.constant_(new.bias, math.log(5 / len(classes) / (640 / stride) ** 2))
            for row, name in enumerate(classes):
                if name in known:
                    new.weight.data[row] = old.weight.data[known.index(name)]
                    new.bias.data[row] = old.bias.data[known.index(name)]
            branch[-1] = new
    for name in ("one2one_cv2", "one2one_cv3"):
        if hasattr(head, name):
            delattr(head, name)
    head.nc, head.no = len(classes), len(classes) + 4 * head.reg_max
    network.nc, network.names = len(classes), dict(enumerate(classes))
    network.yaml |= {"nc": len(classes), "end2end": False}
    return network


def load_checkpoint(path: Path) -> Callable[[NDArray[np.uint8]], NDArray[np.float32]]:
    """A checkpoint as a function: BGR, sides multiples of 32, to ``(4 + classes, anchors)``."""
    _prepare(threads=None)
    import torch
    from ultralytics import YOLO

    network = YOLO(str(path)).model.eval().float()
    network.end2end = False
    network.fuse()

    def look(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
        chw = np.ascontiguousarray(picture[:, :, ::-1].transpose(2, 0, 1), np.float32) / 255
        with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
            output = network(torch.from_numpy(chw)[None])[0][0]
        return np.asarray(output.float().numpy(), np.float32)

    return look


def _prepare(threads: int | None) -> None:
    import torch

    _stand_in_for_torchvision()
    if not torch.cuda.is_available():
        _bfloat16_on_cpu()
    if threads:
        from ultralytics.utils import torch_utils

        torch_utils.NUM_THREADS = threads  # else it leaves one core idle: on two, half of all
        torch.set_num_threads(threads)


def _stand_in_for_torchvision() -> None:
    """Lets ultralytics run where torchvision's wheel, built for CUDA, cannot load beside torch.

    Of torchvision, ultralytics' detection training uses non-maximum suppression alone, and has its
    own version of that.
    """
    try:
        importlib.import_module("torchvision")
    except (ImportError, RuntimeError):
        from ultralytics.utils.nms import TorchNMS

        stand_in = ModuleType("torchvision")
        stand_in.ops = SimpleNamespace(nms=TorchNMS.nms)  # type: ignore[attr-defined]
        sys.modules["torchvision"] = stand_in


def _bfloat16_on_cpu() -> None:
    """Runs the forward pass in bfloat16, twice as fast; ultralytics has no switch for CPUs."""
    import torch
    from ultralytics.engine import trainer

    def autocast(_enabled: object, device: str = "cpu") -> torch.autocast:
        return torch.autocast(device, dtype=torch.bfloat16)

    trainer.autocast = autocast


def export_onnx(checkpoint: Path, size_px: int, target: Path) -> None:
    """Writes the checkpoint as ONNX with a free batch dimension and no built-in suppression."""
    _prepare(threads=None)
    from ultralytics import YOLO

    made = YOLO(str(checkpoint)).export(
        format="onnx", imgsz=size_px, dynamic=True, simplify=True, opset=17
    )
    target.parent.mkdir(parents=True, exist_ok=True)
    if Path(made).resolve() != target.resolve():
        shutil.copyfile(made, target)
