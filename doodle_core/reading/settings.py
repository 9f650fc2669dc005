"""How a picture is to be read, in an animator's words."""

from __future__ import annotations

import math
from dataclasses import dataclass

from doodle_core.errors import DoodleError

__all__ = ["INKS", "PAPERS", "Reading"]

INKS = ("auto", "dark", "light", "colours")
PAPERS = ("removed", "kept")


@dataclass(frozen=True)
class Reading:
    """How a picture is read.

    Parameters
    ----------
    ink : str
        'dark' on light paper, 'light' on dark paper, 'colours': whatever differs from the paper, in its own colour.
        'auto' finds out.
    sensitivity : float
        0 to 1: how faint a line may be and still be read.
    smallest : float
        Per cent of the picture's side: shorter lines and smaller spots are dust.
    paper : str
        'removed': its tone, shadows and texture are not part of the drawing. 'kept': they are, at the key.

    Raises
    ------
    DoodleError
        Naming the setting that is out of its range.
    """

    ink: str = "auto"
    sensitivity: float = 0.5
    smallest: float = 0.3
    paper: str = "removed"

    def __post_init__(self) -> None:
        if self.ink not in INKS:
            raise DoodleError(f"ink '{self.ink}' is unknown; give {', '.join(INKS[:-1])} or {INKS[-1]}")
        if self.paper not in PAPERS:
            raise DoodleError(f"paper '{self.paper}' is unknown; give {' or '.join(PAPERS)}")
        if not (math.isfinite(self.sensitivity) and 0 <= self.sensitivity <= 1):
            raise DoodleError(f"sensitivity {self.sensitivity:g} is not possible; give a number from 0 to 1")
        if not (math.isfinite(self.smallest) and 0 <= self.smallest <= 100):
            raise DoodleError(f"smallest line {self.smallest:g} is not possible; give 0 to 100 per cent")

    @property
    def threshold(self) -> float:
        """The least presence of a line in a cell."""
        return 0.9 - 0.8 * self.sensitivity
