"""Owns the names of the Kafka topics, their keys, and how many partitions a small stack has."""

from __future__ import annotations

READINGS = "readings"  # key: site id, or a tick to every partition; value: codec.Envelope
FRAMES = "frames"  # key: camera id; value: gateways.capture.FrameMessage
SIGNALS = "signals"  # key: site id; value: codec.SignalMessage
ALERTS = "alerts"  # key: site id; value: codec.AlertMessage
VERDICTS = "verdicts"  # key: party id; value: codec.VerdictMessage
CASES = "cases"  # no topic: names undelivered cases among the dead letters
ANSWERS = "answers"  # key: party id; value: codec.AnswerMessage
DEAD_LETTERS = "dead_letters"  # key: topic; value: codec.DeadLetter

PARTITIONS: dict[str, int] = {
    READINGS: 4,
    FRAMES: 2,
    SIGNALS: 2,
    ALERTS: 4,
    VERDICTS: 2,
    ANSWERS: 2,
    DEAD_LETTERS: 1,
}
