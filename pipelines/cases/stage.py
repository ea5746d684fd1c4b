"""The room's stages, in the order in which a case passes them."""

from pipelines.cases.answers import AnswerStage
from pipelines.cases.hand_over import HandOverStage
from pipelines.cases.verdicts import VerdictStage

__all__ = ["AnswerStage", "HandOverStage", "VerdictStage"]
