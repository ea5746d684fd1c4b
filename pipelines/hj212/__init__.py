"""HJ 212-2017, the station protocol: frames, messages, code table; pure, knows no gateway."""

from pipelines.hj212.read import StationMessage, read

__all__ = ["StationMessage", "read"]
