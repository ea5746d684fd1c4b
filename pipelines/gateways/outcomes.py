"""Owns what can become of a message at a gateway: the values of the metric's label ``outcome``.

Every message a gateway takes in its hands is counted under exactly one of them, and what it tries
again itself (MQTT) also under ``busy`` or ``broker_unavailable`` for each time in vain. HTTP tells
its sender of a refusal; what MQTT refuses lies on the log for the dead letters.
"""

from __future__ import annotations

from enum import StrEnum

from pipelines import metrics


class Outcome(StrEnum):
    """One value a reason; a colleague who adds one explains it here."""

    ACCEPTED = "accepted"
    """The broker has it."""

    BUSY = "busy"
    """Too much waits for the broker: its sender is told to hold it (429), or gets no answer yet."""
    BROKER_UNAVAILABLE = "broker_unavailable"
    """The broker did not take it: the sender was told to send it again, or it is tried again."""
    REGISTRY_UNAVAILABLE = "registry_unavailable"
    """The database that knows the keys is away: the sender was told to send it again."""

    NO_KEY = "no_key"
    """No key was shown."""
    UNKNOWN_KEY = "unknown_key"
    """The key is not registered, or no longer."""
    FOREIGN_DEVICE = "foreign_device"
    """A device's key, or topic, with another device's message."""
    BAD_TOPIC = "bad_topic"
    """An MQTT topic without a site or a device in it."""
    BAD_CLOCK = "bad_clock"
    """A simulated time of arrival that is no number."""
    LIVE_CLOCK = "live_clock"
    """A tick for a gateway that lives by its own clock."""
    TOO_LARGE = "too_large"
    """Longer than a record on the log may be."""
    TOO_SLOW = "too_slow"
    """The body did not come in time."""
    UNKNOWN_TYPE = "unknown_type"
    """A media type or content coding that no message has."""
    CUT_OFF = "cut_off"
    """The sender went away before the end of its message."""
    UNACKNOWLEDGED = "unacknowledged"
    """MQTT QoS 0, in hand when the connection ended: its sender asked for no better; it is lost."""


def count(gateway: str, outcome: Outcome) -> None:
    """Counts one message of a gateway (``http``, ``mqtt``, ``hj212``)."""
    metrics.GATEWAY.labels(gateway, outcome.value).inc()
