"""How much the surroundings of what the artist linked move otherwise than it: a link is evidence for what is near."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.drawing import Drawing
from doodle_core.geometry.sampling import outlines_of
from doodle_core.matching.correspondence import Span
from doodle_core.matching.hints import LEAVING, Constraints
from doodle_core.matching.motion import similar

__all__ = ["Surroundings", "contradicted", "surroundings"]

Complexes: TypeAlias = NDArray[np.complex128]

_WEIGHT = 30.0  # of how far linked contours lie from where they would be expected
_LONE = 0.9  # model pixels that one of a contour of one key only costs less
_ABOUT = 1.0  # model pixels: so exactly a link is drawn
_FAR = 3.0  # model pixels: so far, it counts half
_NEAR = 3.0  # model pixels: what is nearer to a link is all as near
_PLACES = 4  # of a contour that say how it moves


def contradicted(spans: Sequence[Span], drawings: tuple[Drawing, Drawing], asked: Constraints) -> float:
    """Model pixels of contour, as `energy` counts them: the length of each linked contour, the more the farther it lies
    from where what is near it goes; less what the energy has too much for shapes of one key only, for links may say
    that a part leaves the frame."""
    if not asked.links:
        return 0.0
    seen = surroundings(spans, drawings, asked)
    lone = sum(
        float(np.ptp(span.here if span.line >= 0 else span.there)) for span in spans if min(span.line, span.other) < 0
    )
    total = 0.0
    for own, length in seen.linked:
        here, there = seen.places[own], seen.goals[own]
        factor, shift = seen.at(complex(here.mean()), own)
        off = np.sqrt(np.mean(np.abs(factor * here + shift - there) ** 2))
        off = max(off - _ABOUT, 0.0) ** 2
        total += length * float(off / (off + _FAR**2))
    return _WEIGHT * total - _LONE * min(
        lone, LEAVING * sum(float(outlines_of(drawing).lengths.sum()) for drawing in drawings)
    )


@dataclass(frozen=True, eq=False)
class Surroundings:
    """Places of spans at either key, model pixels.

    Parameters
    ----------
    places, goals : (P,) complex128
    weight : (P,) float64
        Lengths of contour.
    linked : list of (slice, float)
        Which of the places are of a linked contour, and its length.
    """

    places: Complexes
    goals: Complexes
    weight: NDArray[np.float64]
    linked: list[tuple[slice, float]]

    def at(self, place: complex, without: slice | None = None) -> tuple[complex, complex]:
        """The similarity x -> factor * x + shift by which what is near a place goes from key to key. `without`: places
        that are not asked."""
        near = self.weight / (np.abs(self.places - place) ** 2 + _NEAR**2) ** 2
        if without is not None:
            near[without] = 0.0
        if not near.any():
            return 1.0 + 0j, 0j
        return similar(self.places, self.goals, near)


def surroundings(spans: Sequence[Span], drawings: tuple[Drawing, Drawing], asked: Constraints) -> Surroundings:
    """What spans say of how the drawing moves."""
    sides = outlines_of(drawings[0]), outlines_of(drawings[1])
    shapes = drawings[0].shape_of_contour, drawings[1].shape_of_contour
    linked = {(link.shape, link.other) for link in asked.links}
    part = (np.arange(_PLACES) + 0.5) / _PLACES
    places, goals, lengths, own = [np.zeros(0, complex)], [np.zeros(0, complex)], [], []
    for span in spans:
        if span.line < 0 or span.other < 0:
            continue
        number = np.linspace(0, 1, len(span.here))
        for side, c, along, found in zip(
            sides, (span.line, span.other), (span.here, span.there), (places, goals), strict=True
        ):
            found.append(side.at(np.array([c]), np.interp(part, number, along)[None])[0])
        lengths.append(float(span.here[-1] - span.here[0]))
        if (int(shapes[0][span.line]), int(shapes[1][span.other])) in linked:
            count = _PLACES * len(lengths)
            own.append((slice(count - _PLACES, count), lengths[-1]))
    weight = np.repeat(np.array(lengths) + 1.0, _PLACES)
    return Surroundings(np.concatenate(places), np.concatenate(goals), weight, own)
