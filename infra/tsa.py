"""A local RFC 3161 time-stamp authority made of openssl, for tests and the demo.

Owns its keys, certificates and process. What it says proves nothing to anybody else: a deployment
names a real authority. Needs the ``openssl`` command.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Self

from infra.stack.processes import Child, StackError, free_port

CHILD = Path(__file__).with_name("tsa_child.py")
READY_S = 10.0
_CURVE = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
_CONFIG = """\
[tsa]
default_tsa = here
[here]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
certs = {folder}/root.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.3.6.1.4.1.13762.3
digests = sha256, sha384, sha512
accuracy = secs:1
ordering = no
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


class Tsa:
    """An authority on a port of 127.0.0.1: ``with Tsa(workdir) as tsa: ... tsa.url``.

    Attributes:
        root: PEM file with the certificate that its answers lead to.
    """

    def __init__(self, workdir: Path, *, days: int = 30, usage: str = "timeStamping") -> None:
        """`days`: how long its certificate holds; `usage`: what the certificate is for."""
        self._folder = workdir.resolve()
        self._days, self._usage = days, usage
        self._child: Child | None = None
        self.port = 0
        self.root = self._folder / "root.pem"

    @property
    def url(self) -> str:
        """Where requests are posted."""
        return f"http://127.0.0.1:{self.port}/"

    def start(self) -> None:
        """Makes keys where there are none, and returns when it answers; raises StackError."""
        if not self.root.exists():
            self._make()
        self.port = self.port or free_port()
        argv = [sys.executable, str(CHILD), str(self.port), str(self._folder / "tsa.cnf")]
        self._child = Child("tsa", argv, log=self._folder / "tsa.log", grace_s=1.0)
        self._child.start()
        self._child.await_ready(self._answers, timeout_s=READY_S)

    def stop(self) -> None:
        """Stop it; safe to call again."""
        if self._child:
            self._child.stop()

    def __enter__(self) -> Self:
        """Start it."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        """Stop it."""
        self.stop()

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(self.url, timeout=1):  # noqa: S310 - our own, by http
                return True
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False

    def _make(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / "serial").write_text("01\n")
        (self._folder / "tsa.cnf").write_text(_CONFIG.format(folder=self._folder))
        (self._folder / "usage").write_text(f"extendedKeyUsage = critical,{self._usage}\n")
        self._openssl("req", "-x509", *_CURVE, "-keyout", "root.key", "-out", "root.new", "-days",
                      "3650", "-subj", "/O=Vigil test/CN=Vigil test root")  # fmt: skip
        self._openssl("req", *_CURVE, "-keyout", "tsa.key", "-out", "tsa.csr", "-subj",
                      "/O=Vigil test/CN=Vigil test authority")  # fmt: skip
        self._openssl("x509", "-req", "-in", "tsa.csr", "-CA", "root.new", "-CAkey", "root.key",
                      "-set_serial", "2", "-days", str(self._days), "-extfile", "usage", "-out",
                      "tsa.pem")  # fmt: skip
        (self._folder / "root.new").rename(self.root)

    def _openssl(self, *arguments: str) -> None:
        command = shutil.which("openssl")
        if command is None:
            raise StackError("no openssl command: apt-get install openssl")
        done = subprocess.run(
            [command, *arguments], cwd=self._folder, capture_output=True, check=False
        )
        if done.returncode:
            raise StackError(f"openssl {arguments[0]}: {done.stderr.decode(errors='replace')}")
