"""Chooses which packets the decoder gets. Must not decode, nor judge what pictures show."""

from __future__ import annotations

import math

from pipelines.footage.read import VideoPacket

_LONGEST_GOP_S = 2.3  # a resting camera is looked at by keyframes if they come at least this often
_START_LEVEL = 1e9  # no packet is a surprise before some were seen
_SURPRISE = 3.0  # a packet so many times the usual size means that something came into the picture
_SURPRISE_BYTES = 150  # ... if it is larger by at least so much: tiny packets vary
_LEARN = 0.05
_CALM_AGAIN_S = 5.0  # between two surprises


class PacketChooser:
    """Holds packets back until a picture is due, then gives those that it needs, in order.

    What lies between a keyframe and the picture that is due must be decoded; what comes after the
    last picture due before a keyframe never is. While resting, only keyframes are given, and the
    size of the packets between them is watched: when something enters a still scene it grows.

    Args:
        early_s: a keyframe that comes so little before its time will do.

    Attributes:
        due_s: no picture is wanted before.
        resting: keyframes are enough, if they come often.
        waiting: since the last keyframe, not given yet.
    """

    def __init__(self, *, early_s: float) -> None:
        self._early_s = early_s
        self.due_s = -math.inf
        self.resting = False
        self.waiting: list[VideoPacket] = []
        self._passed: list[VideoPacket] = []  # from the last keyframe given on
        self._before: list[VideoPacket] = []  # the same up to the one before, while resting
        self._key_s: float | None = None
        self._key_every_s = math.inf
        self._level_bytes = _START_LEVEL
        self._calm_until_s = -math.inf

    def lost(self) -> None:
        """Packets are missing: nothing can be decoded before the next keyframe."""
        self.waiting, self._before, self._passed = [], [], []
        self._key_s = None

    def begin_again(self) -> None:
        """Time goes on from another moment: a picture is due at once."""
        self.due_s = self._calm_until_s = -math.inf
        self._key_every_s, self.resting = math.inf, False

    def wants(self, packet: VideoPacket) -> list[VideoPacket]:
        """The packets to decode now that this one is here; none while no picture is due."""
        if not packet.is_key and self._key_s is None:
            return []
        due = self._is_due(packet)
        if packet.is_key:
            self._keyframe(packet.time_s, due=due)
        else:
            due = self._surprising(packet) or due
        self.waiting.append(packet)
        self._passed.append(packet)
        if not due:
            return []
        wanted, self.waiting = self.waiting, []
        return wanted

    def before_and_key(self) -> list[VideoPacket]:
        """What was passed over while resting up to the keyframe just given, and that once more."""
        if len(self._passed) != 1:  # woken between keyframes: what is new began just now
            return []
        packets, self._before = [*self._before, *self._passed], []
        return packets

    def _keyframe(self, time_s: float, *, due: bool) -> None:
        if self._key_s is not None:
            self._key_every_s = time_s - self._key_s
        self._key_s, self.waiting = time_s, []
        if due or not self.resting:
            self._before, self._passed = self._passed if self.resting else [], []

    def _is_due(self, packet: VideoPacket) -> bool:
        if packet.is_key:
            return packet.time_s >= self.due_s - self._early_s
        since_key_s = packet.time_s - (self._key_s or 0.0)
        if self.resting and max(self._key_every_s, since_key_s) <= _LONGEST_GOP_S:
            return False
        return packet.time_s >= self.due_s - 1e-3

    def _surprising(self, packet: VideoPacket) -> bool:
        size = packet.raw.size
        usual, self._level_bytes = self._level_bytes, self._learned(size)
        if not self.resting or packet.time_s < self._calm_until_s:
            return False
        if size < _SURPRISE * usual + _SURPRISE_BYTES:
            return False
        self._calm_until_s = packet.time_s + _CALM_AGAIN_S
        return True

    def _learned(self, size: int) -> float:
        """The usual size, in the geometric mean: one large packet hardly moves it."""
        if self._level_bytes == _START_LEVEL:
            return float(size)
        step = _LEARN * (math.log(size + 1) - math.log(self._level_bytes + 1))
        return (self._level_bytes + 1) * math.exp(step) - 1
