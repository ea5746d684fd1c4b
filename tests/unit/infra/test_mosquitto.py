"""The MQTT broker's own ways: it lets nobody in without a password, and says what it lacks."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest

from infra.mosquitto import Mosquitto, mosquitto_binary, password_line
from infra.stack.processes import StackError


def test_a_password_is_hashed_as_mosquitto_does() -> None:
    """``$7$rounds$salt$digest``: PBKDF2 with SHA-512, checked here by its definition."""
    line = password_line("pool", "a:b/ç")
    user, _, hashed = line.rstrip("\n").partition(":")
    _, kind, rounds, salt, digest = hashed.split("$")
    assert (user, kind) == ("pool", "7")
    again = hashlib.pbkdf2_hmac("sha512", "a:b/ç".encode(), base64.b64decode(salt), int(rounds), 64)
    assert base64.b64decode(digest) == again
    assert password_line("pool", "a:b/ç") != line, "a salt of its own each time"


def test_without_mosquitto_and_apt_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.mosquitto.SBIN", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StackError, match="apt-get install mosquitto"):
        mosquitto_binary(tmp_path / "cache", lambda _: None)


def test_an_address_quotes_what_it_must(tmp_path: Path) -> None:
    broker = Mosquitto(tmp_path, users={"a b": "p@:/"})
    assert broker.url("a b").startswith("mqtt://a%20b:p%40%3A%2F@127.0.0.1:")
