"""The HJ 212-2017 gateway: stations connect over TCP and are answered once the broker has it."""

from pipelines.gateways.hj212.limits import Limits
from pipelines.gateways.hj212.listen import by_station_clock, serve

__all__ = ["Limits", "by_station_clock", "serve"]
