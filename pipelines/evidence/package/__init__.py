"""The package that leaves the house: evidence that can be checked without Vigil.

``export`` makes one, for an extractor of the register and with a leader's approval (AV-30).
"""

from pipelines.evidence.package.export import export
from pipelines.evidence.package.types import Exported, Extraction, NotExported

__all__ = ["Exported", "Extraction", "NotExported", "export"]
