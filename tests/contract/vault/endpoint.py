"""An S3 server as a process of its own, which can be killed and started again."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import httpx

_PATIENCE_S = 60.0
_KEYS = {"AWS_ACCESS_KEY_ID": "vigil", "AWS_SECRET_ACCESS_KEY": "vigil-secret"}


class Endpoint:
    """The server; its state is lost when it is stopped."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port: int = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def client(self) -> Any:
        """A client of one's own, with every right."""
        return boto3.session.Session().client(
            "s3", endpoint_url=self.url, region_name="us-east-1",
            aws_access_key_id="other", aws_secret_access_key="other-secret",
        )  # fmt: skip

    def start(self) -> None:
        """Starts it and waits until it answers."""
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self._port)]
        self._process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until_s = time.monotonic() + _PATIENCE_S
        while True:
            try:
                httpx.get(self.url, timeout=5, trust_env=False)
            except httpx.TransportError:
                assert time.monotonic() < until_s, "the S3 server does not come up"
                time.sleep(0.05)
            else:
                return

    def stop(self) -> None:
        """Kills it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def bucket(self, name: str, *, lock: bool = True) -> str:
        """Makes a bucket and returns its name."""
        self.client.create_bucket(Bucket=name, ObjectLockEnabledForBucket=lock)
        return name

    def address(self, bucket: str, prefix: str = "") -> str:
        """As ``VIGIL_VAULT`` names it."""
        return f"s3://{bucket}/{prefix}?endpoint={self.url}&region=us-east-1"


@contextmanager
def endpoint() -> Iterator[Endpoint]:
    """A running server, and the keys it wants in the environment."""
    before = {name: os.environ.get(name) for name in _KEYS}
    os.environ.update(_KEYS)
    server = Endpoint()
    server.start()
    try:
        yield server
    finally:
        server.stop()
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
