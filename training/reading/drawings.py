"""Synthetic drawings to read: lines of many kinds, flat areas with outlines, solid ink. None was drawn by a person."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from doodle_core.drawing import Drawing
from training.reading.strokes import FAMILIES, Box, Stroke, closed_curve, widths

__all__ = ["Colour", "draw", "of_strokes"]

Floats: TypeAlias = NDArray[np.float64]
Colour: TypeAlias = NDArray[np.float64]

THINNEST, THICKEST = 0.38, 6.0
"""Pixels: radii of pens."""
_MOST = 9.0e3  # pixels of line in a picture, which bounds the time to draw one


def _pen(rng: Generator, thickest: float) -> float:
    """The radius of a picture's pen: thin ones most, of pictures that are enlarged less so."""
    if rng.random() < (0.25 if thickest == THICKEST else 0.5):
        return float(np.exp(rng.uniform(np.log(0.8), np.log(max(thickest, 0.9)))))
    return float(np.exp(rng.triangular(np.log(THINNEST), np.log(0.75), np.log(max(thickest, 0.8)))))


def _families(rng: Generator, box: Box, count: int) -> list[Stroke]:
    names = list(FAMILIES)
    weights = np.array([FAMILIES[name][0] for name in names])
    chosen = rng.choice(len(names), count, p=weights / weights.sum())
    return [stroke for k in chosen for stroke in FAMILIES[names[k]][1](rng, box)]


def _boxes(rng: Generator, size: int) -> list[Box]:
    """Places for groups of strokes: some crowded, some over the whole picture."""
    boxes = []
    for _ in range(16):
        reach = size * np.exp(rng.uniform(np.log(0.07), np.log(0.6)))
        boxes.append(Box(rng.uniform(0, size), rng.uniform(0, size), reach))
    return boxes


def of_strokes(
    rng: Generator, strokes: list[Stroke], size: int, pen: float, colours: list[Colour], faint: float
) -> Drawing:
    """Lines of a pen, each in one of some colours (linear), on a canvas of `size` pixels.

    faint: how far opacities fall below 1.
    """
    uneven = rng.uniform(0, 0.4)
    polylines, radii, opacities, tints = [], [], [], []
    for stroke in strokes:
        radius = float(np.clip(pen * np.exp(rng.normal() * uneven), THINNEST * 0.9, min(stroke.most, THICKEST)))
        polylines.append(stroke.points / size)
        radii.append(np.clip(widths(rng, stroke.points, radius), 0.25, THICKEST) / size)
        opacities.append(1 - faint * rng.random())
        tints.append(colours[int(rng.integers(len(colours)))])
    return Drawing.make(polylines, radii, opacities, [stroke.closed for stroke in strokes], colours=tints)


def draw(
    rng: Generator, size: int, colours: list[Colour], paper: Colour, faint: float = 0.0, thickest: float = THICKEST
) -> Drawing:
    """A drawing of `size` x `size` pixels.

    Parameters
    ----------
    rng : Generator
    size : int
    colours : list of (3,)
        Of the inks, linear.
    paper : (3,)
        Linear; areas in it hide what is behind them.
    faint : float
        How far the opacities of lines fall below 1.
    thickest : float
        The largest radius of a pen, pixels.
    """
    pen = _pen(rng, thickest)
    kind = rng.random()
    parts: list[Drawing] = []
    if kind < 0.22:
        parts += _flats(rng, size, pen, colours, paper)
    if 0.2 < kind < 0.32:
        parts.append(_solids(rng, size, colours))
    groups = rng.integers(1, 4) if kind < 0.22 else rng.integers(4, 17)
    groups = int(np.ceil(groups * min(size / 256, 1.0)))
    boxes = _boxes(rng, size)
    strokes = [s for box in boxes[:groups] for s in _families(rng, box, 1)]
    strokes = _bounded(strokes)
    if parts and kind < 0.22:
        strokes = strokes[:12]
    if rng.random() < 0.25:  # a second pen
        half = len(strokes) // 2
        parts.append(of_strokes(rng, strokes[:half], size, _pen(rng, thickest), colours, faint))
        strokes = strokes[half:]
    parts.append(of_strokes(rng, strokes, size, pen, colours, faint))
    return joined(parts)


def _bounded(strokes: list[Stroke]) -> list[Stroke]:
    """As many of the strokes as are not too much work."""
    length = np.cumsum([np.hypot(*np.diff(stroke.points, axis=0).T).sum() for stroke in strokes])
    return [stroke for stroke, so_far in zip(strokes, length, strict=True) if so_far < _MOST]


def _flats(rng: Generator, size: int, pen: float, colours: list[Colour], paper: Colour) -> list[Drawing]:
    """Shapes in flat colours over each other, most with an outline, as in cartoons; some as white as the paper."""
    parts = []
    outlined = rng.random() < 0.8
    for _ in range(rng.integers(1, 7)):
        centre, reach = rng.uniform(0, size, 2), size * rng.uniform(0.06, 0.5)
        if rng.random() < 0.75:
            curve = closed_curve(rng, centre, reach, rng.uniform(0, 0.9))
        else:
            angles = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(3, 7)))
            curve = centre + reach * np.stack([np.cos(angles), np.sin(angles)], axis=1)
        ink = colours[int(rng.integers(len(colours)))]
        fill = paper if rng.random() < 0.25 else _flat_colour(rng, ink, paper)
        radius = pen * np.exp(rng.normal() * 0.15) / size if outlined or fill is paper else 0.0
        area = Drawing.make([curve / size], 0.0, 1.0, True, True, [fill])
        parts.append(area)
        if radius:
            line = widths(rng, curve, min(radius * size, THICKEST)) / size
            parts.append(Drawing.make([curve / size], [line], 1.0, True, False, [ink]))
        if rng.random() < 0.5:
            inside = _families(rng, Box(centre[0], centre[1], 0.6 * reach), 1)[:8]
            parts.append(of_strokes(rng, inside, size, pen, [ink], 0.0))
    return parts


def _flat_colour(rng: Generator, ink: Colour, paper: Colour) -> Colour:
    """A colour on which the ink is seen, and which is seen on the paper."""
    colour = rng.random(3)
    for _ in range(20):
        colour = rng.uniform(0, 1, 3) ** rng.uniform(0.5, 2.2)
        apart = [np.abs(colour ** (1 / 2.2) - other ** (1 / 2.2)).max() for other in (ink, paper)]
        if apart[0] > 0.3 and apart[1] > 0.12:
            break
    return colour


def _solids(rng: Generator, size: int, colours: list[Colour]) -> Drawing:
    """Solid ink: blobs, some with holes, and lines thicker than any that is read as a line."""
    ink = colours[int(rng.integers(len(colours)))]
    parts = []
    for _ in range(rng.integers(1, 4)):
        centre, reach = rng.uniform(0, size, 2), size * rng.uniform(0.04, 0.25)
        if rng.random() < 0.5:
            parts.append(
                Drawing.make([closed_curve(rng, centre, reach, rng.random()) / size], 0.0, 1.0, True, True, [ink])
            )
        else:
            curve = FAMILIES["curves"][1](rng, Box(centre[0], centre[1], reach * 2))[0].points
            parts.append(Drawing.make([curve / size], rng.uniform(7, 22) / size, 1.0, colours=[ink]))
    return joined(parts)


def joined(parts: list[Drawing]) -> Drawing:
    """Drawings painted one after the other, as one."""
    parts = [part for part in parts if len(part)]
    if not parts:
        return Drawing.empty()
    vertices = np.cumsum([0, *(len(part.points) for part in parts)])
    contours = np.cumsum([0, *(len(part.offsets) - 1 for part in parts)])

    def one(name: str) -> NDArray[Any]:
        return np.concatenate([getattr(part, name) for part in parts])

    return Drawing(
        points=one("points"),
        radii=one("radii"),
        opacities=one("opacities"),
        colours=one("colours"),
        offsets=np.concatenate([[0], *(p.offsets[1:] + v for p, v in zip(parts, vertices[:-1], strict=True))]),
        cyclic=one("cyclic"),
        shapes=np.concatenate([[0], *(p.shapes[1:] + c for p, c in zip(parts, contours[:-1], strict=True))]),
        areas=one("areas"),
    )
