"""A real MQTT broker, Eclipse Mosquitto, for the demo and the tests: every site a user of its own.

Owns finding it (on PATH, else Debian's package, unpacked and not installed), its configuration and
its process. It knows the topics only as access rules, and nothing of what is sent.

The configuration is what a real one needs too: nobody without a password; a site reads and writes
below ``vigil/v1/<its own name>/`` and nowhere else; queues for a gateway that is away are not
bounded (Mosquitto drops silently beyond 1000 otherwise) and are written to disk.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from base64 import b64encode
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import quote

from infra.debian import libraries, unpack
from infra.server import LocalServer

CACHE = Path("build/mosquitto")
GATEWAY_USER = "vigil-gateway"
READY_S = 10.0
ROUNDS = 1000  # of hashing a password
SBIN = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
REMEDY = "no mosquitto: install Eclipse Mosquitto 2 (Debian: apt-get install mosquitto)"

CONFIGURATION = """\
listener {port} 127.0.0.1
allow_anonymous false
password_file {folder}/passwords
acl_file {folder}/access
persistence true
persistence_location {folder}/
autosave_interval 5
max_queued_messages 0
max_inflight_messages 200
max_packet_size 2000000
log_dest stderr
log_type error
log_type warning
"""
ACCESS = f"""\
pattern readwrite vigil/v1/%u/#
user {GATEWAY_USER}
topic read vigil/v1/+/+/readings
topic write vigil/v1/+/answers/#
"""


class Mosquitto(LocalServer):
    """One broker on a free port of 127.0.0.1: ``with Mosquitto(workdir, users={...}) as broker``.

    It keeps its port and what it stored from one start to the next.
    """

    def __init__(
        self,
        workdir: Path,
        *,
        users: Mapping[str, str],
        tell: Callable[[str], None] = lambda _: None,
        cache: Path = CACHE,
        more: str = "",
    ) -> None:
        """`users`: name to password; a site's name is its id, the gateway's ``GATEWAY_USER``.

        `more` is appended to the configuration.
        """
        super().__init__()
        self._folder = workdir.resolve()
        self._users = dict(users)
        self._tell = tell
        self._cache = cache
        self._more = more

    def url(self, user: str) -> str:
        """Where and as whom to connect: ``mqtt://user:password@host:port``."""
        password = quote(self._users[user], safe="")
        return f"mqtt://{quote(user, safe='')}:{password}@127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start, and return when it accepts connections; raises StackError with a remedy."""
        binary, env = mosquitto_binary(self._cache, self._tell)
        self._take_port()
        self._folder.mkdir(parents=True, exist_ok=True)
        configuration = self._configure()
        argv = [str(binary), "-c", str(configuration)]
        log = self._folder / "mosquitto.log"
        self._run("mosquitto", argv, log=log, env=env, grace_s=5.0, ready_s=READY_S)

    def _configure(self) -> Path:
        text = CONFIGURATION.format(port=self.port, folder=self._folder)
        if os.geteuid() == 0:
            text += "user root\n"  # it would become a user who may not write here
        configuration = self._folder / "mosquitto.conf"
        configuration.write_text(text + self._more)
        for name, content in (("access", ACCESS), ("passwords", self._passwords())):
            path = self._folder / name
            path.touch(mode=0o600)
            path.chmod(0o600)
            path.write_text(content)
        return configuration

    def _passwords(self) -> str:
        return "".join(password_line(user, word) for user, word in self._users.items())


def mosquitto_binary(cache: Path, tell: Callable[[str], None]) -> tuple[Path, dict[str, str]]:
    """The program and the environment to run it in; raises StackError with a remedy."""
    if found := shutil.which("mosquitto", path=SBIN):
        return Path(found), dict(os.environ)
    root = (cache / "root").resolve()
    if not (root / "usr/sbin/mosquitto").exists():
        tell("mosquitto: downloading Debian's package (1 MB, once; not installed)")
        unpack(root, whole=["mosquitto"], mark="usr/sbin/mosquitto", remedy=REMEDY)
    return root / "usr/sbin/mosquitto", {**os.environ, "LD_LIBRARY_PATH": libraries(root)}


def password_line(user: str, password: str) -> str:
    """A line of Mosquitto's password file: PBKDF2 with SHA-512, as its ``$7$`` says."""
    salt = os.urandom(12)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, ROUNDS)
    return f"{user}:$7${ROUNDS}${b64encode(salt).decode()}${b64encode(digest).decode()}\n"
