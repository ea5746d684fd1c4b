"""An RFC 3161 authority of one's own, by openssl."""

from __future__ import annotations

import subprocess
from pathlib import Path

_CONFIG = """
[tsa]
serial = serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
"""


class Authority:
    """``root`` is its certificate."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder, self.root = folder, folder / "root.pem"
        (folder / "tsa.cnf").write_text(_CONFIG)
        (folder / "serial").write_text("01")
        self._run(
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", "key.pem",
            "-out", "root.pem", "-subj", f"/CN={folder.name}",
            "-addext", "extendedKeyUsage=critical,timeStamping",
        )  # fmt: skip

    def stamp(self, data: bytes) -> bytes:
        """A TimeStampResp over these bytes."""
        (self.folder / "data").write_bytes(data)
        self._run("ts", "-query", "-data", "data", "-sha256", "-cert", "-out", "query")
        self._run(
            "ts", "-reply", "-config", "tsa.cnf", "-section", "tsa", "-queryfile", "query",
            "-signer", "root.pem", "-inkey", "key.pem", "-out", "reply",
        )  # fmt: skip
        return (self.folder / "reply").read_bytes()

    def _run(self, *words: str) -> None:
        subprocess.run(["openssl", *words], cwd=self.folder, check=True, capture_output=True)
