"""What this machine offers Vigil, as plain data: each check with its state and a remedy.

Owns looking only: it installs, downloads and changes nothing. The command line prints it.
"""

from __future__ import annotations

import os
import shutil
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from infra.footage import CACHE, INSTALLED, NAME
from infra.mosquitto import CACHE as CACHE_MOSQUITTO
from infra.mosquitto import SBIN
from infra.stack.broker import broker_binary
from infra.stack.database import DEFAULT_ROOT
from infra.stack.processes import StackError
from infra.stack.trixie import TrixieFolder

MIN_PYTHON = (3, 11)
MIN_MEMORY_GIB, GOOD_MEMORY_GIB = 1.5, 4.0
MIN_DISK_GIB, GOOD_DISK_GIB = 2.0, 5.0  # the environment 1 GiB, TimescaleDB 0.6 GiB, recordings
GOOD_CORES = 2
WEB_PORT = 8080  # the default of VIGIL_WEB_PORT
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


class State(StrEnum):
    """How a check came out."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing looked at: what was found and, unless it is ok, what to do about it."""

    name: str
    state: State
    found: str
    remedy: str = ""


def checks(root: Path, *, model: Path | None = None, web_port: int = WEB_PORT) -> list[Check]:
    """Look at this machine for a checkout at `root`; `model` is the model file it shall read."""
    found = [_python(), _cores(), memory(available_gib()), _disk(root), _broker(), _timescale(root)]
    found += [_mosquitto(root), _port(web_port), _video(root), _browser()]
    return found if model is None else [*found, model_file(model)]


def memory(gib: float) -> Check:
    """Judge the memory that is available, in GiB."""
    state = _graded(gib, MIN_MEMORY_GIB, GOOD_MEMORY_GIB)
    remedy = "" if state is State.OK else f"free some memory: {GOOD_MEMORY_GIB:.0f} GiB are wanted"
    return Check(name="memory", state=state, found=f"{gib:.1f} GiB available", remedy=remedy)


def model_file(path: Path) -> Check:
    """Whether the model file is there, not empty, and readable."""
    if not path.is_file():
        return Check(
            name="model",
            state=State.FAIL,
            found=f"no {path}",
            remedy="check out the repository whole (models/bundled holds the model)",
        )
    if not os.access(path, os.R_OK) or path.stat().st_size == 0:
        return Check(
            name="model",
            state=State.FAIL,
            found=f"{path} is empty or not readable",
            remedy=f"chmod a+r {path}, or check it out again",
        )
    return Check(name="model", state=State.OK, found=f"{path} ({path.stat().st_size >> 20} MiB)")


def available_gib() -> float:
    """Memory available to this process: the kernel's estimate or the control group's limit."""
    sizes = list(_memory_sizes())
    return min(sizes) / 2**30 if sizes else 0.0


def _memory_sizes() -> Iterator[float]:
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            yield int(line.split()[1]) * 1024.0
    limit = Path("/sys/fs/cgroup/memory.max")
    if limit.exists() and (text := limit.read_text().strip()) != "max":
        yield float(text) - float(limit.with_name("memory.current").read_text())


def _graded(value: float, least: float, good: float) -> State:
    if value < least:
        return State.FAIL
    return State.OK if value >= good else State.WARN


def _python() -> Check:
    version = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info[:2] >= MIN_PYTHON:
        return Check(name="python", state=State.OK, found=version)
    return Check(
        name="python",
        state=State.FAIL,
        found=version,
        remedy="install Python 3.11 or newer and `make PYTHON=/path/to/it`",
    )


def _cores() -> Check:
    count = len(os.sched_getaffinity(0))
    if count >= GOOD_CORES:
        return Check(name="cores", state=State.OK, found=str(count))
    return Check(
        name="cores",
        state=State.WARN,
        found=str(count),
        remedy="give it two cores or more: pictures are slow on one",
    )


def _disk(root: Path) -> Check:
    gib = shutil.disk_usage(root).free / 2**30
    state = _graded(gib, MIN_DISK_GIB, GOOD_DISK_GIB)
    remedy = "" if state is State.OK else f"free {GOOD_DISK_GIB:.0f} GiB on the disk of {root}"
    return Check(name="disk", state=state, found=f"{gib:.1f} GiB free", remedy=remedy)


def _broker() -> Check:
    try:
        return Check(name="broker", state=State.OK, found=broker_binary())
    except StackError as error:
        return Check(name="broker", state=State.FAIL, found="no embedded broker", remedy=str(error))


def _timescale(root: Path) -> Check:
    path = Path(os.environ.get("VIGIL_TIMESCALE_ROOT", root / DEFAULT_ROOT))
    folder = TrixieFolder(path.absolute(), lambda _: None)
    if (why := folder.hindrance()) is not None:
        return Check(
            name="timescaledb",
            state=State.WARN,
            found=f"plain PostgreSQL: {why}",
            remedy="run as root on Debian, or set VIGIL_DATABASE_URL to a server",
        )
    found = "built" if folder.ready else "built on first use (about a minute, 0.6 GiB)"
    return Check(name="timescaledb", state=State.OK, found=f"{found}: {path}")


def _mosquitto(root: Path) -> Check:
    cached = root / CACHE_MOSQUITTO / "root/usr/sbin/mosquitto"
    found = shutil.which("mosquitto", path=SBIN) or (str(cached) if cached.exists() else "")
    if not found and shutil.which("apt-get") and shutil.which("dpkg"):
        found = "Debian's package, unpacked on first use (1 MB)"
    if found:
        return Check(name="mosquitto", state=State.OK, found=found)
    return Check(
        name="mosquitto",
        state=State.WARN,
        found="none, and no apt-get to fetch it: in the demo the hotel sends by HTTP",
        remedy="install Eclipse Mosquitto 2",
    )


def _port(port: int) -> Check:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return Check(
                name="web port",
                state=State.WARN,
                found=f"{port} is taken",
                remedy="set VIGIL_WEB_PORT to a free port",
            )
    return Check(name="web port", state=State.OK, found=f"{port} is free")


def _video(root: Path) -> Check:
    for folder in (root / CACHE, INSTALLED):
        for name in (NAME, f"{NAME}.gz"):
            if (folder / name).exists():
                return Check(name="demo video", state=State.OK, found=str(folder / name))
    if shutil.which("apt-get"):
        return Check(name="demo video", state=State.OK, found="fetched on first use (96 MB)")
    return Check(
        name="demo video",
        state=State.WARN,
        found="not here, and no apt-get to fetch it",
        remedy=f"save OpenCV's samples/data/vtest.avi as {root / CACHE / NAME}",
    )


def _browser() -> Check:
    for name in BROWSERS:
        if (path := shutil.which(name)) is not None:
            return Check(name="chromium", state=State.OK, found=path)
    return Check(
        name="chromium",
        state=State.WARN,
        found="none: only the browser tests need it",
        remedy="apt-get install chromium fonts-wqy-microhei",
    )
