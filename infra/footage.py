"""The demo's footage: `vtest.avi`, people walking, from Debian's package opencv-doc.

Owns fetching one file into a cache. It installs nothing and must not decode the video.
"""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from infra.stack.processes import StackError

CACHE = Path("build/footage")
NAME = "vtest.avi"
INSIDE = "usr/share/doc/opencv-doc/examples/data"
INSTALLED = Path("/") / INSIDE
FETCH_S = 600.0
ELSEWHERE = (
    "no demo video: where Debian's opencv-doc cannot be had, save OpenCV's samples/data/vtest.avi "
    "(768x576, 80 s) as {place}, or name a video of your own"
)


def demo_video(cache: Path, tell: Callable[[str], None]) -> Path:
    """Path of vtest.avi, fetched into the folder `cache` once; raises StackError with a remedy."""
    video = cache / NAME
    if video.exists():
        return video
    cache.mkdir(parents=True, exist_ok=True)
    if not _take(INSTALLED, video):
        _fetch(video, tell)
    return video


def _fetch(video: Path, tell: Callable[[str], None]) -> None:
    if not (shutil.which("apt-get") and shutil.which("dpkg")):
        raise StackError(ELSEWHERE.format(place=video))
    tell("footage: downloading Debian's opencv-doc (96 MB, once; not installed)")
    with tempfile.TemporaryDirectory(prefix="vigil-footage-") as name:
        folder = Path(name)
        download = ["apt-get", "download", "-qq", "opencv-doc"]
        if not _done(download, folder):
            _done(["apt-get", "update", "-qq"], folder)  # fails without root; the next line tells
            if not _done(download, folder):
                raise StackError(ELSEWHERE.format(place=video))
        package = next(folder.glob("opencv-doc_*.deb"))
        with tempfile.TemporaryFile() as contents:
            subprocess.run(["dpkg", "--fsys-tarfile", package], stdout=contents, check=True)
            contents.seek(0)
            only = ["tar", "-x", "--wildcards", f"./{INSIDE}/{NAME}*"]
            subprocess.run(only, stdin=contents, cwd=folder, check=True)
        if not _take(folder / INSIDE, video):
            raise StackError(ELSEWHERE.format(place=video))


def _take(folder: Path, video: Path) -> bool:
    """Put the file of `folder`, plain or gzipped, at `video` by rename; False without one."""
    plain, packed = folder / NAME, folder / f"{NAME}.gz"
    part = video.with_name(f"{NAME}.part-{os.getpid()}")
    if plain.exists():
        shutil.copyfile(plain, part)
    elif packed.exists():
        with gzip.open(packed) as source, part.open("wb") as target:
            shutil.copyfileobj(source, target)
    else:
        return False
    part.replace(video)
    return True


def _done(argv: list[str], folder: Path) -> bool:
    try:
        done = subprocess.run(argv, cwd=folder, capture_output=True, check=False, timeout=FETCH_S)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0
