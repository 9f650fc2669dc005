"""What a scene is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from doodle_core.drawing import Drawing

__all__ = ["Scene"]


@dataclass(frozen=True)
class Scene:
    """A drawing that moves.

    draw   time in keys -> the drawing then. Its keys are the drawings at the times 0, 1, ..., keys - 1
    keys   how many, >= 3
    truth  whether a drawing between two keys exists. Where not, drawings have nothing in common, and `draw` answers
           the key nearest in time
    """

    name: str
    draw: Callable[[float], Drawing]
    keys: int
    truth: bool = True

    @property
    def segments(self) -> int:
        """Pairs of neighbouring keys."""
        return self.keys - 1
