"""How a drawing is painted: the weight of its lines, the softness of its edges, a colour for what has none."""

from __future__ import annotations

from dataclasses import dataclass

from doodle_core.errors import DoodleError

__all__ = ["LINE_WEIGHT_LIMIT", "PLAIN", "SOFTNESS_LIMIT", "Style"]

LINE_WEIGHT_LIMIT = 2.0  # model pixels
SOFTNESS_LIMIT = 4.0  # model pixels


@dataclass(frozen=True)
class Style:
    """How shapes are painted.

    Parameters
    ----------
    line_weight : float
        Model pixels (1/64 of the canvas side) added on each side of a line and around an area, -2 to 2; negative thins.
    softness : float
        Model pixels of edge width beyond the one output pixel, 0 to 4.
    colour : (4,) floats
        Straight (not premultiplied) red, green, blue and alpha, 0 to 1 each. Red, green and blue are for drawings
        without colours of their own; alpha multiplies all opacities.

    Raises
    ------
    DoodleError
        For numbers outside those ranges, NaN included.
    """

    line_weight: float = 0.0
    softness: float = 0.0
    colour: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 1.0)

    def __post_init__(self) -> None:
        if not -LINE_WEIGHT_LIMIT <= self.line_weight <= LINE_WEIGHT_LIMIT:
            limit = f"{LINE_WEIGHT_LIMIT:g}"
            raise DoodleError(f"line weight {self.line_weight} is out of range; give -{limit} to {limit}")
        if not 0.0 <= self.softness <= SOFTNESS_LIMIT:
            raise DoodleError(f"softness {self.softness} is out of range; give 0 to {SOFTNESS_LIMIT:g}")
        if len(self.colour) != 4 or not all(0.0 <= value <= 1.0 for value in self.colour):
            raise DoodleError(f"colour {self.colour} is out of range; give red, green, blue and alpha, each 0 to 1")


PLAIN = Style()  # black, crisp, at the line's own weight
