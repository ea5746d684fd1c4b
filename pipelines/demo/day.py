"""Owns the synthetic day: seeded, made up, with known troubles planted. No sensor said any of it.

``ALERTS`` says what the rules must make of the troubles that were planted with it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pipelines.demo import clinic
from pipelines.demo.authority import EXPIRED, WITHOUT_CONSENT
from pipelines.demo.batches import HOUR_MS, MINUTE_MS, batches, body, moments, rounded, times
from pipelines.gateways.outgoing import Outgoing

SEED = 20260301

ALERTS = {
    "pool-free-chlorine": 1,  # the dosing pump is out for 70 minutes
    "pool-orp": 1,
    "pool-turbidity": 0,  # one spike is no breach
    "sensor-impossible": 1,  # water of 125 degrees for a moment
    "vaccine-temperature": 1,  # at noon, behind a shut door
    "vaccine-temperature-door": 1,
    "cold-store-door-open": 1,  # six minutes; two were tolerated
    "steam-cycle": 1,  # the second of two
    "waste-kept-early-warning": 1,
    "waste-kept-48h": 1,
    "waste-balance": 1,
    "hotel-co2": 2,  # lobby and corridor
    "hotel-co2-ahead": 1,  # in the lobby it rises, in the corridor it jumps
    "sensor-stuck": 1,
    "sensor-silent": 1,
}
"""Rule to the alerts that it must give over the day."""


def messages(day_start_ms: int, *, seed: int = SEED) -> list[Outgoing]:
    """All messages, in order of arrival, planted troubles among them."""
    rng = np.random.default_rng(seed)
    found = [
        *_pool(day_start_ms, rng),
        *clinic.fridge(day_start_ms, rng),
        *clinic.steriliser(day_start_ms, rng),
        *clinic.waste(day_start_ms),
        *_hotel(day_start_ms, rng),
        *_supply(day_start_ms, rng),
    ]
    found += _duplicates(found, rng)
    found = [*_delayed(found), *_garbage(day_start_ms, rng)]
    return sorted(found, key=lambda message: message.at_ms)


def _pool(start: int, rng: np.random.Generator) -> Iterator[Outgoing]:
    t = times(start, 30)
    hours = (t - start) / HOUR_MS
    swell = np.sin((hours - 8) / 24 * 2 * np.pi)
    chlorine = 0.62 + 0.08 * swell + rng.normal(0, 0.015, len(t))
    dip = (hours >= 10.3) & (hours < 11.5)  # the excursion: dosing pump out for 70 minutes
    chlorine[dip] = 0.17 + rng.normal(0, 0.01, int(dip.sum()))
    orp = 735 + 12 * swell + rng.normal(0, 2, len(t))
    orp[dip] -= 130
    turbidity = 0.32 + 0.04 * swell + rng.normal(0, 0.01, len(t))
    turbidity[np.searchsorted(hours, 14.1)] = 8.0  # the spike that must not alert
    warmth = 27 + 0.4 * swell + rng.normal(0, 0.05, len(t))
    warmth[np.searchsorted(hours, 16.4)] = 125.0  # a broken wire for a moment
    columns = {
        ("free_chlorine", "mg/L"): rounded(chlorine, 0.01),
        ("ph", "pH"): rounded(7.35 + 0.05 * swell + rng.normal(0, 0.01, len(t)), 0.01),
        ("turbidity", "NTU"): rounded(turbidity, 0.01),
        ("water_temperature", "°C"): rounded(warmth, 0.1),
        ("orp", "mV"): rounded(orp, 1),
    }
    yield from batches("pool-hall", "pool-probe", t, columns)


def _hotel(start: int, rng: np.random.Generator) -> Iterator[Outgoing]:
    t = times(start, 60)
    hours = (t - start) / HOUR_MS
    for device, low in (("hotel-co2-lobby", 560.0), (WITHOUT_CONSENT, 600.0)):
        value = low + 80 * np.sin((hours - 9) / 24 * 2 * np.pi) + rng.normal(0, 9, len(t))
        if device != WITHOUT_CONSENT:  # guests come over two hours: that can be seen ahead
            value += (1240 - low) * ((hours - 17.5) / 2).clip(0, 1) * (hours < 19.5)
        crowded = (hours >= 19.5) & (hours < 22.5)
        value[crowded] = 1240 + rng.normal(0, 15, int(crowded.sum()))
        if device == WITHOUT_CONSENT:
            value[(hours >= 9) & (hours < 12.2)] = 612.0  # the stuck probe
        columns = {("co2", "ppm"): rounded(value, 1)}
        yield from batches("hotel-main", device, t, columns)


def _supply(start: int, rng: np.random.Generator) -> Iterator[Outgoing]:
    t = times(start, 60)
    hours = (t - start) / HOUR_MS
    t = t[(hours < 8) | (hours >= 9.2)]  # the dropout
    noise = rng.normal(0, 1, (3, len(t)))
    columns = {
        ("turbidity", "NTU"): rounded(0.41 + 0.02 * noise[0], 0.01),
        ("residual_chlorine", "mg/L"): rounded(0.22 + 0.01 * noise[1], 0.01),
        ("ph", "pH"): rounded(7.2 + 0.03 * noise[2], 0.01),
    }
    yield from moments("supply-room", EXPIRED, t, columns)  # as HJ 212's real-time data come


def _duplicates(found: list[Outgoing], rng: np.random.Generator) -> list[Outgoing]:
    chosen = rng.choice(len(found), size=5, replace=False)
    return [
        Outgoing(at_ms=m.at_ms + 20_000, site_id=m.site_id, body=m.body, planted="duplicate")
        for m in (found[i] for i in sorted(chosen.tolist()))
    ]


def _delayed(found: list[Outgoing]) -> Iterator[Outgoing]:
    """Holds two batches back: one within the lateness allowed, one far beyond it."""
    hotel = [m for m in found if m.site_id == "hotel-main" and not m.planted]
    held = {id(hotel[60]): 30_000, id(hotel[90]): 20 * MINUTE_MS}
    for m in found:
        wait = held.get(id(m), 0)
        why = "late" if wait else m.planted
        yield Outgoing(at_ms=m.at_ms + wait, site_id=m.site_id, body=m.body, planted=why)


def _garbage(start: int, rng: np.random.Generator) -> Iterator[Outgoing]:
    noon = start + 12 * HOUR_MS

    def one(body: bytes, minute: int) -> Outgoing:
        at = noon + minute * MINUTE_MS
        return Outgoing(at_ms=at, site_id="pool-hall", body=body, planted="garbage")

    def block(quantity: str, unit: str, t: int, v: float | None) -> bytes:
        rows = [{"quantity": quantity, "unit": unit, "t": [t], "v": [v]}]
        return body("pool-probe", 1_000_000 + t % 997, rows)

    yield one(rng.bytes(200), 1)
    yield one(b"", 2)
    yield one(block("ph", "pH", noon, 7.3)[:-9], 3)
    yield one(body("no-such-device", 1, []), 4)
    yield one(block("free_chlorine", "ppb", noon + 1, 500.0), 5)
    yield one(block("free_chlorine", "mg/L", noon + 2, None), 6)
    yield one(block("free_chlorine", "mg/L", noon + 9 * HOUR_MS, 0.5), 7)
    yield one(block("chlorophyll", "mg/L", noon + 4, 0.5), 8)
