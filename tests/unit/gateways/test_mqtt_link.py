"""What the address of an MQTT broker says, and how a payload's form is told."""

from __future__ import annotations

import gzip

import pytest
from paho.mqtt.enums import MQTTProtocolVersion

from pipelines.gateways.mqtt import LONGEST_PAUSE_S, pause_s, wire_of
from pipelines.gateways.mqtt_link import Target, target_of

FIVE, THREE = MQTTProtocolVersion.MQTTv5, MQTTProtocolVersion.MQTTv311
PLAIN = Target(
    host="h", port=1883, tls=False, user=None, password=None, version=FIVE,
    client_id="vigil-gateway", ca=None,
)  # fmt: skip


def but(**changes: object) -> Target:
    fields = {name: getattr(PLAIN, name) for name in Target.__slots__}
    return Target(**{**fields, **changes})


ADDRESSES = {
    "mqtt://h": PLAIN,
    "mqtts://h": but(port=8883, tls=True),
    "mqtts://h:99?ca=/etc/ca.pem": but(port=99, tls=True, ca="/etc/ca.pem"),
    "mqtt://u:p%40%2F%3A@h": but(user="u", password="p@/:"),
    "mqtt://h?version=3.1.1&client_id=second": but(version=THREE, client_id="second"),
}


@pytest.mark.parametrize(("url", "target"), ADDRESSES.items(), ids=ADDRESSES.keys())
def test_an_address_says_where_and_as_whom(url: str, target: Target) -> None:
    assert target_of(url) == target


WIRES = {
    "told json": (b"x", "application/json; charset=utf-8", "json"),
    "told msgpack": (b"{", "application/vnd.msgpack", "msgpack"),
    "told msgpack, packed": (gzip.compress(b"{"), "application/x-msgpack", "msgpack+gzip"),
    "told nothing of use": (b"\x83", "text/plain", "msgpack"),
    "looks like json": (b" {", "", "json"),
    "looks like a large map": (b"\xde\x00\x20", "", "msgpack"),
    "looks like a map": (b"\x83\xa6", "", "msgpack"),
    "packed json": (gzip.compress(b" {"), "", "json+gzip"),
    "packed map": (gzip.compress(b"\x83"), "", "msgpack+gzip"),
    "begins like gzip only": (b"\x1f\x8bno", "", "json+gzip"),
    "packed in packed": (gzip.compress(gzip.compress(b"{")), "", "json+gzip"),
    "nothing": (b"", "", "json"),
}


@pytest.mark.parametrize(("raw", "media", "wire"), WIRES.values(), ids=WIRES.keys())
def test_a_payloads_form_is_told(raw: bytes, media: str, wire: str) -> None:
    assert wire_of(raw, media) == wire


def test_pauses_grow_to_a_bound_and_differ() -> None:
    assert all(0.5 * 0.2 <= pause_s(0) <= 0.2 for _ in range(100))
    assert all(0.5 * LONGEST_PAUSE_S <= pause_s(n) <= LONGEST_PAUSE_S for n in (8, 50, 10_000))
    assert len({pause_s(5) for _ in range(10)}) > 5
