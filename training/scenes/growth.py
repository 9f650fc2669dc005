"""Drawings that grow: a plant, a word that writes itself."""

from __future__ import annotations

import numpy as np

from doodle_core.drawing import Drawing
from training.scenes.lines import Line, at, corners, curve, ellipse, part, placed, pose
from training.scenes.pen import Pen
from training.scenes.scene import Scene

__all__ = ["SCENES"]

_STEM = curve([(32, 45), (31, 39), (34, 31), (31.5, 24), (33, 17)], 10)
_LEAF = curve([(0, 0), (4, -3.2), (9, -3.4), (13, 0), (8.5, 2.2), (4, 2.0)], 6, closed=True)
# How much of the stem there is, then the size of each leaf, of the bud's petals and of its middle.
_PLANT = [
    (0.12, 0.0, 0.0, 0.0, 0.0, 0.5),
    (0.5, 0.7, 0.25, 0.0, 0.0, 0.7),
    (0.85, 1.0, 0.9, 0.5, 0.25, 0.9),
    (1.0, 1.2, 1.15, 0.85, 1.0, 1.3),
]
_LEAVES = ((0.16, -24.0, 1), (0.34, 204.0, -1), (0.5, -38.0, 1))  # where on the stem, heading, side


def plant(t: float) -> Drawing:
    grown, *sizes, petals, middle = pose(_PLANT, t)
    pen = Pen(4, t)
    pen.draw(corners([(19, 45.5), (45, 45.5), (45, 49.5), (19, 49.5)], 7, closed=True))
    pen.draw(corners([(21.5, 49.5), (24.5, 60), (39.5, 60), (42.5, 49.5)], 8))
    stem = part(_STEM, 0, grown)
    pen.draw(stem, 1.1)
    for (share, heading, side), size in zip(_LEAVES, sizes, strict=True):
        place = at(_STEM, min(share, grown))
        pen.draw(placed(_LEAF, place, heading, (size, side * size)))
        pen.draw(placed(corners([(0, 0), (7.5, -0.4)], 8), place, heading, (size, side * size)), 0.8)
    tip = stem[-1]
    for i in range(6):
        pen.draw(placed(ellipse((6.2, 0), 3.6, 2.9, 0, 180, count=21), tip, 60 * i - 90, petals))
    pen.draw(ellipse(tip, 2.2 * middle, 2.2 * middle, count=17))
    return pen.drawing()


_WORD = curve(
    [
        (0.0, -0.5), (1.6, -3.5), (3.3, -9.2), (2.6, -10.6), (1.7, -8.6), (1.7, -0.2),  # h
        (2.3, -3.6), (3.6, -5.0), (4.4, -3.4), (4.5, -0.8), (5.6, -0.3),
        (7.3, -2.8), (7.4, -4.7), (6.3, -4.8), (5.7, -2.4), (6.5, -0.2), (8.0, -0.6),  # e
        (9.9, -5.0), (10.7, -9.6), (9.8, -10.5), (9.1, -8.0), (9.2, -1.6), (10.0, -0.1),  # l
        (11.4, -1.8), (12.7, -5.4), (13.4, -9.6), (12.5, -10.5), (11.8, -8.0), (11.9, -1.6), (12.7, -0.1),  # l
        (13.9, -1.6), (14.7, -4.2), (16.0, -5.2), (14.6, -4.6), (14.2, -2.2), (15.3, -0.1), (16.9, -1.4),  # o
        (17.2, -3.7), (16.1, -5.2), (16.6, -4.2), (18.6, -5.0),
    ],
    7,
)  # fmt: skip
_FLOURISH = curve([(2.0, 3.4), (7.0, 2.4), (12.5, 3.2), (11.0, 5.0), (17.5, 2.6)], 14)


def handwriting(t: float) -> Drawing:
    written, underlined = pose([(0.16, 0), (0.43, 0), (0.72, 0), (1.0, 0), (1.0, 1.0)], t)
    pen = Pen(5, t, 1.35)
    pen.draw(placed(_written(_WORD, written), (5.5, 42), 0, (2.85, 2.95)))
    flourish = placed(_written(_FLOURISH, underlined), (5.5, 42), 0, (2.85, 2.95))
    pen.draw(flourish, 1.0 if underlined > 0 else 0.0)  # before its time it leaves no dot
    return pen.drawing()


def _written(line: Line, share: float) -> Line:
    """What is written stands still; all points still to come wait at the pen's tip."""
    return at(line, np.minimum(np.linspace(0, 1, len(line)), share))


SCENES = (Scene("plant", plant, 4), Scene("handwriting", handwriting, 5))
