"""A real RTSP server, GStreamer's, for tests and benchmarks: files that play as cameras.

Owns finding it (Debian's packages, unpacked and not installed), its streams and its process. It
must not know what is done with the streams. What it serves is paced by the clock, shared by all who
look, told apart by sender reports with the time of day, as a camera's is.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import quote

from infra.debian import libraries, unpack
from infra.server import LocalServer
from infra.stack.processes import StackError

CACHE = Path("build/rtsp")
CHILD = Path(__file__).with_name("rtsp_child.py")
READY_S = 15.0
MARK = "usr/lib/rtsp-plugins"
WHOLE = ("libgstreamer1.0-0", "libgstreamer-plugins-base1.0-0", "libsrtp2-1", "libgudev-1.0-0")
ALONE = (
    "libgstreamer1.0-0", "libgstrtspserver-1.0-0", "libgstreamer-plugins-bad1.0-0",
    "gstreamer1.0-plugins-base", "gstreamer1.0-plugins-good", "gstreamer1.0-plugins-bad",
)  # fmt: skip
PLUGINS = (
    "coreelements", "app", "videoparsersbad", "rtp", "rtpmanager", "rtsp", "tcp", "udp", "isomp4",
    "typefindfunctions",
)  # fmt: skip
REMEDY = (
    "no RTSP server: needs Debian's gstreamer1.0-plugins-{base,good,bad} and libgstrtspserver-1.0-0"
)


class RtspServer(LocalServer):
    """One server on a port of 127.0.0.1: ``with RtspServer(workdir, {"main": ...}) as server``.

    It keeps its port from one start to the next; ``kill`` is a camera whose power fails.
    """

    def __init__(
        self,
        workdir: Path,
        mounts: Mapping[str, str],
        *,
        user: str = "",
        password: str = "",
        tell: Callable[[str], None] = lambda _: None,
        cache: Path = CACHE,
    ) -> None:
        """`mounts`: name of a stream to what plays there, see ``played``.

        `user` and `password`: asked for by digest where given.
        """
        super().__init__()
        self._folder = workdir.resolve()
        self._mounts = {f"/{name}": launch for name, launch in mounts.items()}
        self._user, self._password = user, password
        self._tell, self._cache = tell, cache

    def url(self, name: str, *, port: int | None = None) -> str:
        """Where a stream plays; `port` that of a proxy before the server."""
        known = f"{quote(self._user)}:{quote(self._password, safe='')}@" if self._user else ""
        return f"rtsp://{known}127.0.0.1:{port or self.port}/{name}"

    def start(self) -> None:
        """Start, and return when it accepts connections; raises StackError with a remedy."""
        root = rtsp_root(self._cache, self._tell)
        self._take_port()
        self._folder.mkdir(parents=True, exist_ok=True)
        asked = self._folder / "rtsp.json"
        users = {self._user: self._password} if self._user else {}
        asked.touch(mode=0o600)
        asked.write_text(json.dumps({"mounts": self._mounts, "users": users}))
        env = {
            **os.environ, "LD_LIBRARY_PATH": libraries(root), "GST_REGISTRY_FORK": "no",
            "GST_PLUGIN_SYSTEM_PATH": str(root / MARK),
            "GST_REGISTRY": str(self._folder / "registry.bin"),
        }  # fmt: skip
        argv = [sys.executable, str(CHILD), str(self.port), str(asked)]
        log = self._folder / "rtsp.log"
        self._run("rtsp server", argv, log=log, env=env, grace_s=1.0, ready_s=READY_S)


def played(film: Path, *, codec: str) -> str:
    """What plays an MP4 file (``h264`` or ``h265``) at its own pace; then the camera hangs up.

    Whoever comes when nobody looks sees it from the start.
    """
    return (
        f'( filesrc location="{film.resolve()}" ! qtdemux ! {codec}parse '
        f"! rtp{codec}pay name=pay0 pt=96 config-interval=-1 )"
    )


def rtsp_root(cache: Path, tell: Callable[[str], None]) -> Path:
    """The folder with the server's libraries and plugins; raises StackError with a remedy."""
    root = (cache / "root").resolve()
    if not (root / MARK).exists():
        tell("rtsp: downloading GStreamer's RTSP server from Debian (10 MB, once; not installed)")
        unpack(root, whole=WHOLE, alone=ALONE, mark="usr/lib", remedy=REMEDY)
        _choose_plugins(root)
    return root


def _choose_plugins(root: Path) -> None:
    """Links to the few plugins that are used: the rest would ask for half a desktop."""
    folder = root / f"{MARK}.part-{os.getpid()}"
    folder.mkdir(parents=True, exist_ok=True)
    for name in PLUGINS:
        for library in (root / "usr/lib").glob(f"*-linux-gnu/gstreamer-1.0/libgst{name}.so"):
            (folder / library.name).symlink_to(library)
    if not (folder / "libgstrtpmanager.so").exists():
        raise StackError(REMEDY)
    try:
        folder.rename(root / MARK)
    except OSError:  # another process was faster
        if not (root / MARK).exists():
            raise
