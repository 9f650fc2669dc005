"""The shapes of a scene as vector formats have them: filled outlines and strokes of one width, over time.

A line whose width is the same all along is a stroke; another is the outline of what a round brush covers, filled by the
nonzero rule. Either is painted once, so a translucent line is no darker where it crosses itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core import srgb
from doodle_core.drawing import Drawing
from doodle_core.files.scenes import Scene
from doodle_core.files.thinning import kept
from doodle_core.rendering.outlines import outlines

__all__ = ["UNITS", "Contour", "Figure", "Page", "figures"]

Floats: TypeAlias = NDArray[np.float64]
Rgb: TypeAlias = tuple[float, float, float]

UNITS = 8192
"""Units of length a canvas side, whole numbers of which files hold: 16 of a pixel at 512, half of one at 16384."""

_EVEN = 1e-4  # canvas units by which the radius of a stroke may vary along it: a tenth of a pixel at 1024
_ROUND = 1e-4  # canvas units by which the outline of a round end may miss its circle
_THIN = 1.2e-4  # canvas units that vertices of a line may be missed by: edges much shorter have no direction
_FAINT = 0.5 / 255  # less opacity cannot be seen


@dataclass(frozen=True)
class Page:
    """What a vector film is written on.

    Parameters
    ----------
    width, height : int
        Pixels.
    scale : float
        Pixels a canvas side.
    left, top : float
        Pixels from the canvas' top left corner to the page's.
    paper : (3,) float or None
        sRGB, 0 to 1; None for no paper.
    fps : float
        Frames a second.
    """

    width: int
    height: int
    scale: float
    left: float = 0.0
    top: float = 0.0
    paper: Rgb | None = None
    fps: float = 12.0

    @property
    def units(self) -> tuple[float, float]:
        """Width and height in UNITS a canvas side."""
        return self.width * UNITS / self.scale, self.height * UNITS / self.scale

    @classmethod
    def square(cls, size: int, fps: float = 12.0, paper: Rgb | None = (1.0, 1.0, 1.0)) -> Page:
        """The canvas, `size` pixels a side."""
        return cls(size, size, float(size), paper=paper, fps=fps)


@dataclass(frozen=True, eq=False)
class Contour:
    """A polyline over time.

    Parameters
    ----------
    points : (F, V, 2) float64
        Units from the page's corner.
    closed : bool
        Whether the last vertex joins the first.
    """

    points: Floats
    closed: bool


@dataclass(frozen=True, eq=False)
class Figure:
    """A shape over F times.

    Parameters
    ----------
    contours : tuple of Contour
        Painted together.
    even_odd : bool
        How they are filled; else by the nonzero rule.
    widths : (F,) float64 or None
        Units, of a stroke with round ends and corners; None where the contours are filled.
    colours : (F, 3) float64
        sRGB, 0 to 1.
    opacities : (F,) float64
    """

    contours: tuple[Contour, ...]
    even_odd: bool
    widths: Floats | None
    colours: Floats
    opacities: Floats


def figures(scene: Scene, page: Page) -> Iterator[Figure]:
    """The shapes of a scene that can be seen, back to front."""
    drawings = scene.drawings
    one = drawings[0]
    points = np.stack([drawing.points for drawing in drawings]).astype(np.float64)
    radii = np.stack([drawing.radii for drawing in drawings]).astype(np.float64)
    firsts = one.offsets[one.shapes]
    for shape in range(len(one)):
        span = slice(int(firsts[shape]), int(firsts[shape + 1]))
        colours, opacities = _inks(drawings, span)
        area = bool(one.areas[shape])
        if span.start == span.stop or opacities.max() < _FAINT or not (area or radii[:, span].max() > 0):
            continue
        if not _on_page(points[:, span], 0.0 if area else float(radii[:, span].max()), page):
            continue
        contours = [
            (slice(int(one.offsets[c]), int(one.offsets[c + 1])), area or bool(one.cyclic[c]))
            for c in range(int(one.shapes[shape]), int(one.shapes[shape + 1]))
            if one.offsets[c] < one.offsets[c + 1]
        ]
        if area:
            drawn = tuple(Contour(_on(points[:, rows], page), True) for rows, _ in contours)
            yield Figure(drawn, len(contours) > 1, None, colours, opacities)
        else:
            yield _line(points, radii, contours, page, colours, opacities)


def _line(
    points: Floats,
    radii: Floats,
    contours: list[tuple[slice, bool]],
    page: Page,
    colours: Floats,
    opacities: Floats,
) -> Figure:
    own = np.concatenate([radii[:, rows] for rows, _ in contours], axis=1)
    spots = any(rows.stop - rows.start < 2 for rows, _ in contours)  # players disagree about strokes without length
    if not spots and (own.max(axis=1) - own.min(axis=1)).max() <= _EVEN:
        strokes = tuple(Contour(_on(points[:, rows], page), closed) for rows, closed in contours)
        return Figure(strokes, False, own.mean(axis=1) * (2 * UNITS), colours, opacities)
    drawn = []
    for rows, closed in contours:
        vertices = np.arange(rows.start, rows.stop)
        if closed and len(vertices) > 1:
            vertices = np.append(vertices, rows.start)
        vertices = vertices[kept(points[:, vertices], radii[:, vertices], _THIN)]
        places, wide = points[:, vertices], radii[:, vertices]
        frames, count = wide.shape
        starts = np.arange(frames + 1) * count
        traced, _ = outlines(places.reshape(-1, 2), wide.reshape(-1), starts, _ROUND, frames)
        drawn.append(Contour(_on(traced.reshape(frames, -1, 2), page), True))
    return Figure(tuple(drawn), False, None, colours, opacities)


def _on(points: Floats, page: Page) -> Floats:
    corner = np.array([page.left, page.top]) / page.scale
    answer: Floats = (points - corner) * float(UNITS)
    return answer


def _on_page(points: Floats, reach: float, page: Page) -> bool:
    """Whether any of it can be on the page at some time."""
    low = _on(points.min(axis=(0, 1)) - reach, page)
    high = _on(points.max(axis=(0, 1)) + reach, page)
    return bool((high > 0).all() and (low < page.units).all())


def _inks(drawings: tuple[Drawing, ...], span: slice) -> tuple[Floats, Floats]:
    """The colours (F, 3) and opacities (F,) of a shape: the mean of its vertices; black where no colour is known."""
    opacities = np.array(
        [float(drawing.opacities[span].mean()) if span.stop > span.start else 0 for drawing in drawings]
    )
    if drawings[0].colours is None or span.stop == span.start:
        return np.zeros((len(drawings), 3)), opacities
    means = np.stack([drawing.colours[span].mean(axis=0) for drawing in drawings])  # type: ignore[index]
    return srgb.encoded(means).astype(np.float64), opacities
