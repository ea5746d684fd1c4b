"""The embedded stack: a Kafka-compatible broker and a database as supervised child processes."""

from infra.stack.processes import StackError
from infra.stack.stack import Stack

__all__ = ["Stack", "StackError"]
