"""Owns the synthetic day: seeded, made up, with known troubles planted. No sensor said any of it.

Two days before the day itself the waste room starts weighing bags in, so that one of them can be
kept for more than 48 hours.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from pipelines.demo.authority import DAY_MS, EXPIRED, WITHOUT_CONSENT
from pipelines.gateways.outgoing import Outgoing

SEED = 20260301
HOUR_MS = 3600 * 1000
MINUTE_MS = 60 * 1000
BATCH_MS = 5 * MINUTE_MS
DELIVERY_MS = 2000

Values = NDArray[np.float64]
Times = NDArray[np.int64]


def messages(day_start_ms: int, *, seed: int = SEED) -> list[Outgoing]:
    """All messages, in order of arrival, planted troubles among them."""
    rng = np.random.default_rng(seed)
    found = [
        *_pool(day_start_ms, rng),
        *_fridge(day_start_ms, rng),
        *_hotel(day_start_ms, rng),
        *_supply(day_start_ms, rng),
        *_waste(day_start_ms),
    ]
    found += _duplicates(found, rng)
    found = [*_delayed(found), *_garbage(day_start_ms, rng)]
    return sorted(found, key=lambda message: message.at_ms)


def _pool(start: int, rng: np.random.Generator) -> Iterator[Outgoing]:
    t = _times(start, 30)
    hours = (t - start) / HOUR_MS
    swell = np.sin((hours - 8) / 24 * 2 * np.pi)
    chlorine = 0.62 + 0.08 * swell + rng.normal(0, 0.015, len(t))
    dip = (hours >= 10.3) & (hours < 11.5)  # the excursion: dosing pump out for 70 minutes
    chlorine[dip] = 0.17 + rng.normal(0, 0.01, int(dip.sum()))
    orp = 735 + 12 * swell + rng.normal(0, 2, len(t))
    orp[dip] -= 130
    turbidity = 0.32 + 0.04 * swell + rng.normal(0, 0.01, len(t))
    turbidity[np.searchsorted(hours, 14.1)] = 8.0  # the spike that must not alert
    columns = {
        ("free_chlorine", "mg/L"): _rounded(chlorine, 0.01),
        ("ph", "pH"): _rounded(7.35 + 0.05 * swell + rng.normal(0, 0.01, len(t)), 0.01),
        ("turbidity", "NTU"): _rounded(turbidity, 0.01),
        ("water_temperature", "°C"): _rounded(27 + 0.4 * swell + rng.normal(0, 0.05, len(t)), 0.1),
        ("orp", "mV"): _rounded(orp, 1),
    }
    yield from _batches("pool-hall", "pool-probe", t, columns)


def _fridge(start: int, rng: np.random.Generator) -> Iterator[Outgoing]:
    t = _times(start, 60)
    hours = (t - start) / HOUR_MS
    value = 4.6 + 0.5 * np.sin(hours * 2 * np.pi / 0.7) + rng.normal(0, 0.1, len(t))
    opened = (hours >= 12.2) & (hours < 13.1)
    value[opened] = 10.4 + rng.normal(0, 0.2, int(opened.sum()))
    columns = {("temperature", "°C"): _rounded(value, 0.1)}
    yield from _batches("clinic-main", "vaccine-fridge", t, columns)


def _hotel(start: int, rng: np.random.Generator) -> Iterator[Outgoing]:
    t = _times(start, 60)
    hours = (t - start) / HOUR_MS
    for device, low in (("hotel-co2-lobby", 560.0), (WITHOUT_CONSENT, 600.0)):
        value = low + 80 * np.sin((hours - 9) / 24 * 2 * np.pi) + rng.normal(0, 9, len(t))
        crowded = (hours >= 19.5) & (hours < 22.5)
        value[crowded] = 1240 + rng.normal(0, 15, int(crowded.sum()))
        if device == WITHOUT_CONSENT:
            value[(hours >= 9) & (hours < 12.2)] = 612.0  # the stuck probe
        columns = {("co2", "ppm"): _rounded(value, 1)}
        yield from _batches("hotel-main", device, t, columns)


def _supply(start: int, rng: np.random.Generator) -> Iterator[Outgoing]:
    t = _times(start, 60)
    hours = (t - start) / HOUR_MS
    t = t[(hours < 8) | (hours >= 9.2)]  # the dropout
    noise = rng.normal(0, 1, (3, len(t)))
    columns = {
        ("turbidity", "NTU"): _rounded(0.41 + 0.02 * noise[0], 0.01),
        ("residual_chlorine", "mg/L"): _rounded(0.22 + 0.01 * noise[1], 0.01),
        ("ph", "pH"): _rounded(7.2 + 0.03 * noise[2], 0.01),
    }
    yield from _batches("supply-room", EXPIRED, t, columns)


def _waste(start: int) -> Iterator[Outgoing]:
    """Bags weighed in and out; bag 3 stays for 50 hours, the others for a day."""
    before = start - 2 * DAY_MS
    events = []
    for bag in range(1, 13):
        came = before + (6 + 4 * (bag - 1)) * HOUR_MS + 17 * MINUTE_MS
        kept_h = 50 if bag == 3 else 22
        events.append((came, "waste_bag_in", bag))
        events.append((came + kept_h * HOUR_MS, "waste_bag_out", bag))
    for seq, (at, quantity, bag) in enumerate(sorted(events)):
        if at < start + DAY_MS:
            block = {"quantity": quantity, "unit": "bag", "t": [at], "v": [float(bag)]}
            body = _body("waste-scale", seq, [block])
            yield Outgoing(at_ms=at + DELIVERY_MS, site_id="clinic-main", body=body)


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
        return _body("pool-probe", 1_000_000 + t % 997, rows)

    yield one(rng.bytes(200), 1)
    yield one(b"", 2)
    yield one(block("ph", "pH", noon, 7.3)[:-9], 3)
    yield one(_body("no-such-device", 1, []), 4)
    yield one(block("free_chlorine", "ppb", noon + 1, 500.0), 5)
    yield one(block("free_chlorine", "mg/L", noon + 2, None), 6)
    yield one(block("free_chlorine", "mg/L", noon + 9 * HOUR_MS, 0.5), 7)
    yield one(block("chlorophyll", "mg/L", noon + 4, 0.5), 8)


def _times(start: int, interval_s: int) -> Times:
    return np.arange(start, start + DAY_MS, interval_s * 1000, dtype=np.int64)


def _rounded(value: Values, resolution: float) -> Values:
    return np.round(np.round(value / resolution) * resolution, 6)


def _batches(
    site_id: str, device: str, t: Times, columns: dict[tuple[str, str], Values]
) -> Iterator[Outgoing]:
    slots = t // BATCH_MS
    for seq, slot in enumerate(np.unique(slots).tolist()):
        here = slots == slot
        blocks = [
            {"quantity": quantity, "unit": unit, "t": t[here].tolist(), "v": v[here].tolist()}
            for (quantity, unit), v in columns.items()
        ]
        at = (slot + 1) * BATCH_MS + DELIVERY_MS
        yield Outgoing(at_ms=at, site_id=site_id, body=_body(device, seq, blocks))


def _body(device: str, seq: int, blocks: Sequence[Mapping[str, object]]) -> bytes:
    return msgspec.json.encode({"device": device, "seq": seq, "series": blocks})
