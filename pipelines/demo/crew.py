"""Owns the demo's processes: each a `vigil` command of its own, as in a real deployment."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import httpx

from infra.stack.processes import Child, StackError, free_port
from pipelines.settings import Settings

READY_S = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Where the demo's services listen on the loopback address."""

    web: int = field(default_factory=free_port)
    gateway: int = field(default_factory=free_port)
    hj212: int = field(default_factory=free_port)
    case_system: int = field(default_factory=free_port)

    @property
    def gateway_url(self) -> str:
        """The readings gateway."""
        return f"http://127.0.0.1:{self.gateway}"


SEEN_FPS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Filmed:
    """A camera of the demo: which video stands for it and when that begins (None: live).

    Attributes:
        haste: how much faster it is played than the others.
    """

    camera_id: str
    url: str
    start_ms: int | None
    haste: float = 1.0


class Crew:
    """Starts, watches and stops the processes."""

    def __init__(self, settings: Settings, ports: Ports, logs: Path) -> None:
        self._settings = settings
        self._ports = ports
        self._logs = logs
        self._children: dict[str, Child] = {}
        self._stopping = ExitStack()

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.close()

    def start(self, tell: Callable[[str], None]) -> None:
        """Starts everything but the cameras and returns when all of it answers."""
        settings, ports = self._settings, self._ports
        self._spawn("gateway", _vigil("gateway"))
        self._spawn("worker", _vigil("worker"), stop_signal=signal.SIGTERM)
        self._spawn("web", _vigil("web"))
        self._spawn(
            "case-system",
            [
                sys.executable, "-m", "infra.case_system", "--port", str(ports.case_system),
                "--secret", settings.case_secret, "--data", str(settings.data_dir / "case-system"),
                "--callback", f"{settings.public_url}/v1/callbacks/cases", "--decide-after-s", "2",
            ],
        )  # fmt: skip
        for name, port in (
            ("gateway", ports.gateway),
            ("web", ports.web),
            ("case-system", ports.case_system),
        ):
            tell(f"waiting for {name}")
            url = f"http://127.0.0.1:{port}/healthz"
            self._children[name].await_ready(partial(_answers, url), timeout_s=READY_S)

    def film(self, cameras: list[Filmed], *, pace: float) -> list[Child]:
        """Starts a capture node for all cameras of a pace; each ends when its footage ends."""
        nodes: list[Child] = []
        for haste in sorted({camera.haste for camera in cameras}):
            fps = SEEN_FPS / haste  # so that a hasty film is no more work a minute than another
            argv = _vigil("capture", "--pace", str(pace * haste), "--fps", str(fps))
            for camera in cameras:
                if camera.haste == haste:
                    argv += ["--camera", f"{camera.camera_id}={camera.url}"]
                    if camera.start_ms is not None:
                        argv += ["--start-ms", str(camera.start_ms)]
            nodes.append(self._spawn(f"capture-{len(nodes) + 1}", argv))
        return nodes

    def film_live(self, camera_id: str, url: str) -> Child:
        """Starts a capture node for a stream that has no end."""
        return self._spawn("live", _vigil("capture", "--camera", f"{camera_id}={url}"))

    def check(self) -> None:
        """Raises StackError when a process that should run has ended."""
        for name in ("gateway", "worker", "web", "case-system"):
            child = self._children[name]
            if not child.alive:
                raise StackError(f"{name} ended unexpectedly:\n{child.tail(30)}")

    def _spawn(
        self, name: str, argv: list[str], stop_signal: signal.Signals = signal.SIGTERM
    ) -> Child:
        child = Child(
            name,
            argv,
            log=self._logs / f"{name}.log",
            env={**os.environ, **self._settings.as_environment()},
            stop_signal=stop_signal,
        )
        child.start()
        self._stopping.callback(child.stop)
        self._children[name] = child
        return child


def _vigil(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "pipelines.cli", *arguments]


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).status_code < 500  # noqa: PLR2004  it speaks
    except httpx.TransportError:
        return False
