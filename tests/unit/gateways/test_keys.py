"""Keys are remembered for a while, and no longer: a withdrawn one closes, a new one opens."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines.errors import Transient
from pipelines.gateways import keys
from pipelines.gateways.keys import KeyRing, Sender
from pipelines.registry.write import key_digest
from pipelines.store import Database


class Register(Database):
    """A register in memory that counts what it is asked, and can be away."""

    def __init__(self) -> None:
        self.sites = {key_digest("k"): "s"}
        self.asked: list[tuple[str, dict[str, object]]] = []
        self.away = False

    async def row(self, name: str, /, **params: object) -> dict[str, Any] | None:
        self.asked.append((name, params))
        if self.away:
            raise Transient("away")
        site_id = self.sites.get(str(params["key_sha256"]))
        if site_id is None:
            return None
        return {"site_id": site_id} | ({"device_id": "d"} if name == "registry_device_key" else {})


class Clock:
    def __init__(self) -> None:
        self.s = 1000.0

    def __call__(self) -> float:
        return self.s


@pytest.fixture
def register() -> Register:
    return Register()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ring(register: Register, clock: Clock) -> KeyRing:
    return KeyRing(register, clock_s=clock)


async def test_a_key_is_looked_up_once_a_minute(
    ring: KeyRing, register: Register, clock: Clock
) -> None:
    for _ in range(3):
        assert await ring.gateway("k") == Sender(site_id="s", device_id=None)
    assert len(register.asked) == 1
    clock.s += keys.REMEMBER_S
    await ring.gateway("k")
    assert len(register.asked) == 2


async def test_a_withdrawn_key_closes_after_a_minute(
    ring: KeyRing, register: Register, clock: Clock
) -> None:
    assert await ring.gateway("k")
    register.sites.clear()
    clock.s += keys.REMEMBER_S
    assert await ring.gateway("k") is None


async def test_a_new_key_opens_after_seconds(
    ring: KeyRing, register: Register, clock: Clock
) -> None:
    assert await ring.gateway("new") is None
    register.sites[key_digest("new")] = "s"
    assert await ring.gateway("new") is None, "guesses are not looked up each time"
    clock.s += keys.STRANGER_S
    assert await ring.gateway("new") == Sender(site_id="s", device_id=None)


async def test_a_device_is_asked_for_at_its_time(ring: KeyRing, register: Register) -> None:
    assert await ring.device("k", 77) == Sender(site_id="s", device_id="d")
    wanted = {"key_sha256": key_digest("k"), "at_ms": 77}
    assert register.asked == [("registry_device_key", wanted)]


async def test_a_devices_key_is_not_taken_for_a_gateways(ring: KeyRing, register: Register) -> None:
    await ring.device("k", 77)
    await ring.gateway("k")
    assert [name for name, _ in register.asked] == ["registry_device_key", "registry_gateway"]


async def test_known_keys_outlast_a_short_outage_of_the_register(
    ring: KeyRing, register: Register, clock: Clock
) -> None:
    await ring.gateway("k")
    await ring.gateway("stranger")
    register.away = True
    clock.s += keys.WITHOUT_DATABASE_S - 1
    assert await ring.gateway("k")
    for unknown in ("other", "stranger"):
        with pytest.raises(Transient):
            await ring.gateway(unknown)
    clock.s += 2
    with pytest.raises(Transient):
        await ring.gateway("k")
    assert await ring.unwell() == "away"


async def test_guesses_do_not_fill_memory(ring: KeyRing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "MOST_REMEMBERED", 10)
    for number in range(100):
        await ring.gateway(f"guess {number}")
    assert len(ring._remembered) <= 10
