"""The one door to ultralytics: a YOLO data set in, an ONNX file out."""

from __future__ import annotations

import importlib
import shutil
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

from models.training.collage import add_collages
from models.training.recipe import Phase, Recipe

MOST_EPOCHS = 60


def train(recipe: Recipe, data: Path, runs: Path, *, threads: int) -> Path:
    """Trains from random weights through the recipe's phases; returns the best checkpoint.

    Args:
        data: folder of a YOLO data set with ``data.yaml``; gets the phases' collages.
    """
    checkpoint = recipe.architecture
    for number, phase in enumerate(recipe.phases):
        add_collages(recipe, data, part="train", count=phase.collages)
        checkpoint = str(
            train_phase(recipe, phase, checkpoint, data, runs / f"phase{number}", threads=threads)
        )
    return Path(checkpoint)


def train_phase(
    recipe: Recipe, phase: Phase, start: str, data: Path, run: Path, *, threads: int
) -> Path:
    """Trains on from ``start`` (an architecture or a checkpoint); returns the best checkpoint."""
    import torch
    from ultralytics import YOLO

    _stand_in_for_torchvision()
    if not torch.cuda.is_available():
        _bfloat16_on_cpu()
    torch.set_num_threads(threads)
    YOLO(start).train(
        data=str(data / "data.yaml"), imgsz=recipe.size_px, epochs=MOST_EPOCHS, time=phase.hours,
        batch=recipe.batch, seed=recipe.seed, deterministic=False, amp=False,
        project=str(run.parent.resolve()), name=run.name, exist_ok=True, workers=0, cache="ram",
        optimizer="AdamW", lr0=phase.rate, lrf=0.02, warmup_epochs=1.0, close_mosaic=4, scale=0.5,
        plots=False, val=True, patience=0, device="cuda" if torch.cuda.is_available() else "cpu",
    )  # fmt: skip
    return run / "weights" / "best.pt"


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
    from ultralytics import YOLO

    made = YOLO(str(checkpoint)).export(
        format="onnx", imgsz=size_px, dynamic=True, simplify=True, opset=17
    )
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(made, target)
