"""Owns the readings of an invented fleet: 80 devices of four kinds, seeded, and its register.

Each device sends what it measured in five minutes as one message, every five seconds a value:
300 readings from a pool probe, 180 from a supply probe, 60 from a fridge or a CO2 sensor. Two
devices of a kind share a site: the log is keyed by site, so 40 of them spread over its partitions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
import numpy as np

from detectors.types import Readings
from pipelines.registry.types import SeriesRow

INTERVAL_MS = 5_000
PACK_MS = 300_000
PACK_ROWS = PACK_MS // INTERVAL_MS
DELIVERY_MS = 2_000
EXCURSION_MS = 35 * 60_000
START_MS = 1_772_323_200_000  # 2026-03-01 00:00 UTC

Quantity = tuple[str, str, float, float, float, int]
KINDS: dict[str, tuple[Quantity, ...]] = {
    # quantity, unit, usual value, spread, value of an excursion (0: none), digits
    "pool": (
        ("free_chlorine", "mg/L", 0.62, 0.03, 0.17, 2),
        ("ph", "pH", 7.35, 0.03, 0, 2),
        ("turbidity", "NTU", 0.32, 0.03, 0, 2),
        ("water_temperature", "°C", 27.0, 0.2, 0, 1),
        ("orp", "mV", 735.0, 5.0, 0, 0),
    ),
    "secondary_supply": (
        ("turbidity", "NTU", 0.41, 0.03, 0, 2),
        ("residual_chlorine", "mg/L", 0.22, 0.02, 0, 2),
        ("ph", "pH", 7.4, 0.05, 0, 2),
    ),
    "hotel": (("co2", "ppm", 600.0, 15.0, 0, 0),),
    "clinic": (("temperature", "°C", 4.6, 0.4, 10.4, 1),),
}
DEVICES_A_SITE = 2
NUMBER = {"pool": 40, "secondary_supply": 20, "hotel": 10, "clinic": 10}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One message of a device: its JSON, and when a gateway would have had it."""

    device_id: str
    site_id: str
    received_ms: int
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Messages in order of arrival, and the rows they come to."""

    messages: list[Sent]
    rows: Readings


class Fleet:
    """Goes on in event time with every load it makes."""

    def __init__(
        self,
        *,
        seed: int = 20260301,
        number: Mapping[str, int] = NUMBER,
        interval_ms: int = INTERVAL_MS,
    ) -> None:
        self._interval_ms = interval_ms
        self._rng = np.random.default_rng(seed)
        self._now_ms = START_MS
        self._seq = 0
        self.devices = [
            (f"{kind}-{i:02d}", kind) for kind, count in number.items() for i in range(count)
        ]
        self.site_of = {
            f"{kind}-{i:02d}": f"{kind}-site-{i // DEVICES_A_SITE:02d}"
            for kind, count in number.items()
            for i in range(count)
        }
        self.sites = dict.fromkeys((self.site_of[device], kind) for device, kind in self.devices)
        self.series = self._series()
        self._ids = {(s.placement_id, s.quantity): s.series_id for s in self.series}

    def _series(self) -> tuple[SeriesRow, ...]:
        rows = ((device, q) for device, kind in self.devices for q in KINDS[kind])
        return tuple(
            SeriesRow(
                series_id=number, placement_id=device, quantity=quantity, unit=unit,
                interval_s=self._interval_ms / 1000, resolution=10.0**-digits,
            )
            for number, (device, (quantity, unit, _, _, _, digits)) in enumerate(rows, 1)
        )  # fmt: skip

    def load(self, packs: int, *, bad_share: float) -> Load:
        """The next ``packs`` times five minutes of every device.

        Args:
            bad_share: of the devices that can, how many leave their limits once, for 35 minutes,
                one after the other over the first of the load.
        """
        start_ms = self._now_ms
        spread_ms = max(packs * PACK_MS - EXCURSION_MS - PACK_MS, 0)
        able = [d for d, kind in self.devices if KINDS[kind][0][4]]
        bad = [d for i, d in enumerate(able) if int(i * bad_share) != int((i + 1) * bad_share)]
        from_ms = {d: start_ms + spread_ms * i // max(len(bad), 1) for i, d in enumerate(bad)}
        messages: list[Sent] = []
        parts: list[Readings] = []
        for _ in range(packs):
            for number, (device, kind) in enumerate(self.devices):
                body, rows = self._pack(device, kind, from_ms.get(device))
                at_ms = self._now_ms + PACK_MS + DELIVERY_MS + number
                messages.append(
                    Sent(
                        device_id=device, site_id=self.site_of[device], received_ms=at_ms, body=body
                    )
                )  # fmt: skip
                parts += rows
            self._now_ms += PACK_MS
            self._seq += 1
        return Load(messages=messages, rows=Readings.concat(parts))

    def _pack(self, device: str, kind: str, bad_ms: int | None) -> tuple[bytes, list[Readings]]:
        time_ms = np.arange(self._now_ms, self._now_ms + PACK_MS, INTERVAL_MS, dtype=np.int64)
        blocks, rows = [], []
        for quantity, unit, usual, spread, wrong, digits in KINDS[kind]:
            level = np.full(PACK_ROWS, usual)
            if bad_ms is not None and wrong:
                level[(time_ms >= bad_ms) & (time_ms < bad_ms + EXCURSION_MS)] = wrong
            value = np.round(level + self._rng.normal(0, spread, PACK_ROWS), digits)
            blocks.append(
                {"quantity": quantity, "unit": unit, "t": time_ms.tolist(), "v": value.tolist()}
            )
            rows.append(
                Readings(
                    time_ms=time_ms,
                    series=np.full(PACK_ROWS, self._ids[device, quantity], np.int32),
                    value=value,
                    flag=np.zeros(PACK_ROWS, np.uint8),
                )
            )
        body = msgspec.json.encode({"device": device, "seq": self._seq, "series": blocks})
        return body, rows
