"""The demo's roads: what a station says is what was meant, and a missing broker stops nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.demo import day
from pipelines.demo.authority import STATION
from pipelines.demo.batches import DELIVERY_MS
from pipelines.demo.roads import HJ212, Roads
from pipelines.gateways.hj212 import by_station_clock
from pipelines.gateways.play_hj212 import frames_of
from pipelines.hj212.heading import parse_heading
from pipelines.hj212.read import read
from pipelines.readings.message import Block, DeviceMessage, parse
from tests.unit.demo.known import DAY_START_MS


def test_a_station_says_each_message_in_one_frame_that_arrives_when_it_was_sent() -> None:
    """So no tick overtakes it: its clock is the QN, two seconds before the message's arrival."""
    sent = [m for m in day.messages(DAY_START_MS) if m.site_id == HJ212 and not m.planted]
    assert len(sent) > 1000
    for message in sent[::97]:
        meant = parse(message.body)
        ((frame,),) = frames_of(meant, mn=STATION[0], pw=STATION[1])
        said = read(frame)
        heading = parse_heading(frame[6:-6])
        assert by_station_clock(heading) == message.at_ms == heading.sent_ms + DELIVERY_MS
        assert said.mn == STATION[0]
        assert {b.quantity: (b.unit, b.t, b.v) for b in said.blocks} == {
            b.quantity: (b.unit, b.t, b.v) for b in meant.series
        }


def test_a_message_of_several_moments_becomes_frames_in_order_with_their_flags() -> None:
    block = Block(quantity="ph", unit="pH", t=[120_000, 60_000], v=[7.5, None], flag="C")
    message = DeviceMessage(device="any", seq=1, series=[block])
    found = [read(b"".join(f)).blocks[0] for f in frames_of(message, mn="M1", pw="123456")]
    assert [(b.t, b.v, b.flag) for b in found] == [([60_000], [None], "C"), ([120_000], [7.5], "C")]


@pytest.mark.parametrize(
    "block",
    [
        Block(quantity="chlorophyll", unit="mg/L", t=[60_000], v=[1.0]),
        Block(quantity="ph", unit="1", t=[60_000], v=[7.0]),
        Block(quantity="ph", unit="pH", t=[60_500], v=[7.0]),
    ],
)
def test_what_hj_212_cannot_say_is_refused(block: Block) -> None:
    with pytest.raises(ValueError, match="HJ 212 cannot say"):
        frames_of(DeviceMessage(device="any", seq=1, series=[block]), mn="M1", pw="123456")


def test_without_mosquitto_the_hotel_sends_by_http(tmp_path: Path) -> None:
    """Nothing fails for want of an MQTT broker, and the reason is said."""
    roads = Roads(tmp_path / "mosquitto", cache=tmp_path / "cache", tell=lambda _: None)
    with roads, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(tmp_path))
        patch.setattr("infra.mosquitto.SBIN", str(tmp_path))
        roads.open()
    assert "apt-get install mosquitto" in roads.without_mqtt
    assert roads.mqtt_url == ""
