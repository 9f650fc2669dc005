"""Keys that have nothing in common: letters, or a house and a tree. No true drawing lies between them."""

from __future__ import annotations

from collections.abc import Sequence

from doodle_core.drawing import Drawing
from training.scenes.lines import Line, corners, curve, ellipse, placed
from training.scenes.pen import Pen
from training.scenes.scene import Scene

__all__ = ["SCENES"]

# In a box 10 wide and 12 high.
_LETTERS: Sequence[Sequence[Line]] = (
    (corners([(0, 12), (5, 0), (10, 12)], 12), corners([(2, 7.6), (8, 7.6)], 8)),  # A
    (curve([(9, 2.2), (5.5, 0), (1, 2.4), (3.5, 5.4), (7.5, 6.8), (9, 9.4), (5, 12), (0.6, 9.8)], 8),),  # S
    (corners([(1, 0), (1, 12)], 12), corners([(9, 0), (1, 7), (9.4, 12)], 10)),  # K
    (ellipse((5, 6), 4.8, 6),),  # O
    (
        corners([(1, 12), (1, 0)], 12),
        curve([(1, 0.2), (6.5, 0.2), (8.6, 3), (6.5, 6), (1.2, 6.2)], 6),
        corners([(4.2, 6.2), (9.2, 12)], 8),
    ),  # R
)

_HOUSE = (
    corners([(12, 28), (12, 57), (52, 57), (52, 28)], 10),
    corners([(7, 31), (32, 8), (57, 31)], 12),
    corners([(26, 57), (26, 42), (36, 42), (36, 57)], 7),
    corners([(41, 36), (47, 36), (47, 43), (41, 43)], 5, closed=True),
    corners([(43, 17.5), (43, 9), (48, 9), (48, 22)], 6),
)
_TREE = (
    curve([(29, 58), (29.5, 48), (28, 40)], 8),
    curve([(35, 58), (34.5, 48), (36, 40)], 8),
    curve(
        [(28, 40), (15, 41), (9, 31), (14, 23), (19, 12), (31, 6), (43, 9), (49, 19), (56, 28), (50, 40), (36, 40)], 7
    ),
    curve([(24, 25), (28, 28), (32, 25)], 5),
    corners([(18, 58.5), (47, 58.5)], 10),
)
_BOAT = (
    curve([(7, 44), (14, 55), (32, 57), (48, 55), (57, 44)], 8),
    corners([(7, 44), (57, 44)], 14),
    corners([(31, 44), (31, 7)], 10),
    curve([(36, 10), (49, 24), (53, 39), (36, 39.5)], 8),
    corners([(36, 39.5), (36, 10)], 8),
    curve([(26, 14), (17, 26), (11, 38.5), (26, 39)], 8),
    corners([(26, 39), (26, 14)], 8),
)
_OWL = (
    curve(
        [(16, 12), (22, 15.5), (32, 14), (42, 15.5), (48, 12), (51, 30), (46, 52), (32, 58), (18, 52), (13, 30)],
        7,
        closed=True,
    ),
    ellipse((24.5, 25.5), 6.4, 6.4),
    ellipse((39.5, 25.5), 6.4, 6.4),
    corners([(29.5, 31), (32, 36), (34.5, 31)], 5),
    curve([(14, 33), (22, 40), (20, 52)], 7),
    curve([(50, 33), (42, 40), (44, 52)], 7),
)
_DOODLES: Sequence[Sequence[Line]] = (_HOUSE, _TREE, _BOAT, _OWL)


def _nearest(t: float, count: int) -> int:
    return min(max(round(t), 0), count - 1)


def letters(t: float) -> Drawing:
    key = _nearest(t, len(_LETTERS))
    pen = Pen(100 + key, 0, 1.55)
    pen.draw_all([placed(line, (12, 8), 0, (4, 4)) for line in _LETTERS[key]])
    return pen.drawing()


def doodles(t: float) -> Drawing:
    key = _nearest(t, len(_DOODLES))
    pen = Pen(200 + key, 0, 1.3)
    pen.draw_all(_DOODLES[key])
    if _DOODLES[key] is _OWL:
        pen.dot((25.5, 26), 1.8)
        pen.dot((38.5, 26), 1.8)
    return pen.drawing()


SCENES = (Scene("letters", letters, len(_LETTERS), truth=False), Scene("doodles", doodles, len(_DOODLES), truth=False))
