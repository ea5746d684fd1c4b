"""Owns what can be wrong with a model, so that others can name it without loading onnxruntime."""

from __future__ import annotations


class ModelError(RuntimeError):
    """The model file is missing, changed or not what its card says. The text says what to do."""
