"""The demo's register as stages see it, without a database."""

from __future__ import annotations

import hashlib

from detectors.types import Scene, Series, Zone
from pipelines import codec, topics
from pipelines.demo.authority import register
from pipelines.gateways.outgoing import Outgoing
from pipelines.registry.papers import Document
from pipelines.registry.snapshot import Registry
from pipelines.stage import Message

DAY_START_MS = 1_772_294_400_000  # 2026-03-01 in Shanghai


def demo_registry() -> Registry:
    """What `load_registry` reads of the demo's register."""
    written = register(DAY_START_MS)
    sites = {site.site_id: site for site in written.sites}
    devices = {device.device_id: device for device in written.devices}
    series: dict[int, Series] = {}
    by_device: dict[str, dict[str, Series]] = {}
    for row in written.series:
        device = devices[row.device_id]
        site = sites[device.site_id]
        one = Series(
            series_id=row.series_id, device_id=row.device_id, party_id=site.party_id,
            site_id=site.site_id, site_kind=site.kind, place=device.place, quantity=row.quantity,
            unit=row.unit, interval_s=row.interval_s, resolution=row.resolution, hours=site.hours,
        )  # fmt: skip
        series[row.series_id] = one
        by_device.setdefault(row.device_id, {})[row.quantity] = one
    scenes = {}
    for device in written.devices:
        if device.kind != "camera":
            continue
        site = sites[device.site_id]
        zones = tuple(
            Zone(
                zone_id=zone.zone_id, kind=zone.kind, polygon=zone.polygon,
                limit=zone.crowd_limit, active=zone.active,
            )
            for zone in written.zones
            if zone.device_id == device.device_id
        )  # fmt: skip
        scenes[device.device_id] = Scene(
            camera_id=device.device_id, party_id=site.party_id, site_id=site.site_id,
            site_kind=site.kind, place=device.place, zones=zones, hours=site.hours,
        )  # fmt: skip
    documents: dict[str, list[Document]] = {}
    for paper in written.documents:
        documents.setdefault(paper.device_id, []).append(paper)
    return Registry(
        series=series,
        by_device=by_device,
        scenes=scenes,
        documents={device: tuple(papers) for device, papers in documents.items()},
    )


def batch(sent: Outgoing, offset: int = 0) -> Message:
    """A message as the gateway puts it on the log."""
    envelope = codec.Envelope(
        kind="batch", gateway=sent.site_id, received_ms=sent.at_ms, raw=sent.body,
        sha256=hashlib.sha256(sent.body).hexdigest(),
    )  # fmt: skip
    return on_log(codec.encode(envelope), offset)


def tick(at_ms: int, offset: int = 0) -> Message:
    """Time passing."""
    envelope = codec.Envelope(kind="tick", gateway="clock", received_ms=at_ms)
    return on_log(codec.encode(envelope), offset)


def on_log(value: bytes, offset: int = 0, topic: str = topics.READINGS) -> Message:
    """Bytes on partition 0."""
    return Message(topic=topic, partition=0, offset=offset, key=b"", value=value)
