"""Unpacks Debian packages into a folder without installing them. Needs no root, changes no system.

Owns `apt-get download` and `dpkg -x`; knows none of the programs that are fetched with it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from infra.stack.processes import StackError

FETCH_S = 300.0
APT = ("apt-get", "-oAcquire::http::Timeout=15", "-oAcquire::Retries=1")  # no net: say so soon


def unpack(
    root: Path, *, whole: Sequence[str], alone: Sequence[str] = (), mark: str, remedy: str
) -> None:
    """Makes the folder ``root`` with the contents of packages, by rename: whole or not at all.

    Args:
        whole: packages to take with all that they need and the machine lacks.
        alone: packages to take without what they need.
        mark: a path that is in ``root`` afterwards.
        remedy: what to do instead, for the error.

    Raises:
        StackError: no Debian tools, no such package, or no network.
    """
    if (root / mark).exists():
        return
    if not (shutil.which("apt-get") and shutil.which("dpkg")):
        raise StackError(remedy)
    root.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="fetch-", dir=root.parent) as name:
        folder = Path(name)
        if not _download(folder, whole, alone):
            run([*APT, "update", "-qq"], folder)  # fails without root; the next line tells
            if not _download(folder, whole, alone):
                raise StackError(remedy)
        part = folder / "root"
        for package in folder.glob("*.deb"):
            if run(["dpkg", "-x", str(package), str(part)], folder) is None:
                raise StackError(f"{package.name} cannot be unpacked; {remedy}")
        try:
            part.rename(root)
        except OSError:  # another process was faster
            if not (root / mark).exists():
                raise


def libraries(root: Path) -> str:
    """The folders of shared libraries below ``root``, as ``LD_LIBRARY_PATH`` wants them."""
    return ":".join(str(path) for path in (root / "usr/lib").glob("*-linux-gnu"))


def run(argv: Sequence[str], folder: Path) -> str | None:
    """The command's output; None when it failed."""
    env = {**os.environ, "LC_ALL": "C"}
    try:
        done = subprocess.run(
            argv, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=FETCH_S
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def _download(folder: Path, whole: Sequence[str], alone: Sequence[str]) -> bool:
    lacking = [*APT, "-s", "install", "--no-install-recommends", *whole]
    planned = run([*lacking, "-o", "Debug::NoLocking=true"], folder)
    if planned is None:
        return False
    words = [line.split() for line in planned.splitlines() if line.startswith("Inst ")]
    names = [*(line[1] for line in words), *alone]
    return bool(names) and run([*APT, "download", "-qq", *names], folder) is not None
