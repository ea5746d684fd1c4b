"""The same job by ``ultralytics``' predict: ``python -m tests.benchmarks.peers.ultra JOB.json``.

Its own loader reads the film and takes every so many-th picture; yolo11n in torch, one thread (its
least CPU time). The weights are random, for only the time is taken here: boxes cost a little more,
so that is in its favour. Knows nothing of Vigil: it runs in the peers' environment.
"""

from __future__ import annotations

import importlib
import json
import resource
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace


def main(film: str, *, size_px: int, stride: int) -> dict[str, float]:
    """Looks at the whole film; what that took, without starting and loading the network."""
    # Imported only after torchvision's stand-in.
    stand_in_for_torchvision()
    import cv2  # noqa: PLC0415
    import torch  # noqa: PLC0415
    from ultralytics import YOLO  # noqa: PLC0415

    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    model = YOLO("yolo11n.yaml")
    settings = {"imgsz": size_px, "conf": 0.25, "verbose": False, "device": "cpu"}
    reader = cv2.VideoCapture(film)
    model.predict(reader.read()[1], **settings)  # the first run prepares memory and fuses layers
    reader.release()
    looks, began_s = 0, cpu_s()
    for _ in model.predict(film, stream=True, vid_stride=stride, **settings):
        looks += 1
    return {"cpu_s": cpu_s() - began_s, "looks": looks}


def stand_in_for_torchvision() -> None:
    """Lets ultralytics run where torchvision, built for CUDA, cannot load beside torch.

    Of torchvision, detection uses non-maximum suppression alone, and ultralytics has its own.
    """
    try:
        importlib.import_module("torchvision")
    except (ImportError, RuntimeError):
        from ultralytics.utils.nms import TorchNMS  # noqa: PLC0415

        stand_in = ModuleType("torchvision")
        stand_in.__dict__["ops"] = SimpleNamespace(nms=TorchNMS.nms)
        sys.modules["torchvision"] = stand_in


def cpu_s() -> float:
    """User and system time of all threads of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    job = json.loads(Path(sys.argv[1]).read_text())
    done = main(job["film"], size_px=job["size_px"], stride=job["stride"])
    Path(job["answer"]).write_text(json.dumps(done))
