"""The room's stages, in the order in which a case passes them; between them it is delivered."""

from pipelines.cases.answers import AnswerStage
from pipelines.cases.verdicts import VerdictStage

__all__ = ["AnswerStage", "VerdictStage"]
