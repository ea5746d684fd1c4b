"""A folder with Debian 13 (trixie), PostgreSQL 17 and TimescaleDB, made once by debootstrap.

Owns making the folder: whole or not at all, from the mirror this machine's apt uses, with every
signature checked. It must not start a database and never turns signature checks off.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from infra.stack.processes import Child, StackError

DEFAULT_MIRROR = "http://deb.debian.org/debian"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
TRIXIE_KEY = Path("/usr/share/keyrings/debian-archive-trixie-automatic.gpg")
PACKAGES = "postgresql-17,postgresql-17-timescaledb"
PG_BIN = "/usr/lib/postgresql/17/bin"  # inside the folder
STAGES = ("Retrieving", "Extracting", "Unpacking", "Configuring")  # debootstrap's own words
BUILD_S = 1800.0
MOUNTS = Path("/proc/self/mountinfo")
PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/bin:/sbin:/bin"  # root by `su` lacks sbin

Tell = Callable[[str], None]


class TrixieFolder:
    """Makes the folder `root`, and can be told to stop while doing so."""

    def __init__(self, root: Path, tell: Tell) -> None:
        """`root` is where the folder is or shall be; `tell` gets progress lines."""
        self.root = root
        self._tell = tell
        self._child: Child | None = None
        self._closed = False

    @property
    def ready(self) -> bool:
        """Whether the folder is there; it only ever appears whole (by rename)."""
        return (self.root / PG_BIN.lstrip("/") / "postgres").exists()

    def hindrance(self) -> str | None:
        """Why the folder cannot be used or made here, in one line; None when it can."""
        if os.geteuid() != 0:
            return "TimescaleDB needs root here (it runs by chroot)"
        if not shutil.which("chroot", path=PATH):
            return "TimescaleDB needs the chroot program (coreutils)"
        if not self.ready and not shutil.which("apt-get"):
            return "TimescaleDB is built with debootstrap, and this is no Debian (no apt-get)"
        return None

    def make(self) -> None:
        """Make the folder unless it is ready; raises StackError with a one-line reason."""
        if self.ready:
            return
        self.root.parent.mkdir(parents=True, exist_ok=True)
        part = self.root.with_name(self.root.name + ".part")
        with self._only_one(self.root.with_name(self.root.name + ".lock")):
            if self.ready:
                return
            self._require_debootstrap()
            remove_tree(part)  # an interrupted build is begun again
            self._debootstrap(part)
            _slim(part)
            part.rename(self.root)

    def stop(self) -> None:
        """End a build that is under way; `make` then raises StackError."""
        self._closed = True
        if self._child:
            self._child.stop()

    @contextlib.contextmanager
    def _only_one(self, path: Path) -> Iterator[None]:
        with path.open("w") as lock:
            told = False
            while not self._locked(lock.fileno()):
                if not told:
                    self._tell("TimescaleDB: another process builds it, waiting")
                told = True
                time.sleep(0.3)
            yield

    def _locked(self, number: int) -> bool:
        if self._closed:
            raise StackError("stopped while building TimescaleDB")
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _require_debootstrap(self) -> None:
        wanted = [] if shutil.which("debootstrap", path=PATH) else ["debootstrap"]
        if not TRIXIE_KEY.exists():  # older keyrings than 2023.3+deb12u2 lack trixie's keys
            wanted.append("debian-archive-keyring")
        if not wanted:
            return
        self._tell(f"TimescaleDB: apt-get install {' '.join(wanted)}")
        install = ["apt-get", "install", "-qq", "-y", "--no-install-recommends", *wanted]
        self._run("apt-get update", ["apt-get", "update", "-qq"], 300)
        self._run("apt-get install", install, 300)
        if not KEYRING.exists():
            raise StackError(f"no {KEYRING}: without Debian's keys nothing is built")

    def _debootstrap(self, part: Path) -> None:
        mirror = apt_mirror()
        self._tell(f"TimescaleDB: building {self.root} from {mirror}, about a minute, once")
        argv = ["debootstrap", "--variant=minbase", f"--keyring={KEYRING}", "--force-check-gpg"]
        argv += [f"--include={PACKAGES}", "trixie", str(part), mirror]
        # In a mount namespace of its own, debootstrap's /proc and /sys vanish with it.
        if _succeeds(["unshare", "--mount", "true"]):
            argv = ["unshare", "--mount", "--propagation", "private", *argv]
        self._run("debootstrap", argv, BUILD_S, stages=True)

    def _run(self, name: str, argv: list[str], limit_s: float, *, stages: bool = False) -> None:
        log = self.root.with_name(f"{self.root.name}.{name.replace(' ', '-')}.log")
        env = {
            **os.environ,
            **apt_proxy(),
            "PATH": PATH,
            "DEBIAN_FRONTEND": "noninteractive",
            "LC_ALL": "C",
        }
        self._child = child = Child(name, argv, log=log, env=env, grace_s=3.0)
        if self._closed:
            raise StackError("stopped while building TimescaleDB")
        child.start()
        until, stage = time.monotonic() + limit_s, ""
        while (status := child.wait(0.5)) is None and time.monotonic() < until:
            words = child.tail(1).split()
            if stages and len(words) > 1 and words[1] in STAGES and words[1] != stage:
                stage = words[1]
                self._tell(f"TimescaleDB: {stage.lower()} packages")
        child.stop()
        if status != 0:
            why = "took too long" if status is None else f"failed ({status})"
            last = child.tail(1) or "no output"
            raise StackError(f"{name} {why}: {last} (log: {log})")


def apt_mirror() -> str:
    """The Debian mirror that this machine's apt uses, else Debian's own."""
    form = "$(ORIGIN)|$(LABEL)|$(REPO_URI)"
    listed = _output(["apt-get", "indextargets", "--format", form, "Created-By: Packages"])
    for line in listed.splitlines():
        origin, _, rest = line.partition("|")
        label, _, uri = rest.partition("|")
        if origin == label == "Debian" and uri.startswith(("http://", "https://", "file:/")):
            return uri.rstrip("/")
    return DEFAULT_MIRROR


def apt_proxy() -> dict[str, str]:
    """Apt's own proxy as the variables wget reads; empty when unset or given already."""
    shell = ["apt-config", "shell", "P", "Acquire::http::Proxy"]
    proxy = _output(shell).strip().removeprefix("P=").strip("'")
    usable = proxy.startswith("http") and "http_proxy" not in os.environ
    return {"http_proxy": proxy} if usable else {}


def remove_tree(path: Path) -> None:
    """Remove a folder, refusing when anything is mounted below it; raises StackError."""
    mounts = MOUNTS.read_text().splitlines()
    below = [m.split()[4] for m in mounts if m.split()[4].startswith(f"{path.resolve()}/")]
    if below:
        raise StackError(f"umount {' '.join(below)} first: an interrupted build left it mounted")
    if path.exists():
        shutil.rmtree(path)


def _slim(root: Path) -> None:
    """Drop the downloaded packages and the cluster that the package made for itself."""
    for deb in (root / "var/cache/apt/archives").glob("*.deb"):
        deb.unlink()
    shutil.rmtree(root / "var/lib/postgresql/17/main", ignore_errors=True)


def _output(argv: list[str]) -> str:
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout


def _succeeds(argv: list[str]) -> bool:
    try:
        return subprocess.run(argv, capture_output=True, timeout=10, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
