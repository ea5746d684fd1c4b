"""A local RFC 3161 time-stamp authority made of openssl, for tests and the demo.

Owns its keys, certificates and process. What it says proves nothing to anybody else: a deployment
names a real authority. Needs the ``openssl`` command.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from infra.server import LocalServer
from infra.stack.processes import StackError

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


class Tsa(LocalServer):
    """An authority on a port of 127.0.0.1: ``with Tsa(workdir) as tsa: ... tsa.url``.

    Attributes:
        root: PEM file with the certificate that its answers lead to.
    """

    def __init__(self, workdir: Path, *, days: int = 30, usage: str = "timeStamping") -> None:
        """`days`: how long its certificate holds; `usage`: what the certificate is for."""
        super().__init__()
        self._folder = workdir.resolve()
        self._days, self._usage = days, usage
        self.root = self._folder / "root.pem"

    @property
    def url(self) -> str:
        """Where requests are posted."""
        return f"http://127.0.0.1:{self.port}/"

    def start(self) -> None:
        """Makes keys where there are none, and returns when it answers; raises StackError."""
        if not self.root.exists():
            self._make()
        argv = [sys.executable, str(CHILD), str(self._take_port()), str(self._folder / "tsa.cnf")]
        self._run("tsa", argv, log=self._folder / "tsa.log", grace_s=1.0, ready_s=READY_S)

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
