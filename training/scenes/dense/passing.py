"""Line drawings in which one thing passes before another: lines end at the silhouette of what hides them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from training.scenes.dense.shapes import INK, Colour, Floats, Sheet, bow, disc, limb, moved, polygon, tube

__all__ = ["carriage", "pair"]


@dataclass
class _Part:
    """An outline, hidden by the parts before it, and the lines on it: (points, width)."""

    outline: Floats
    lines: list[tuple[Floats, float]] = field(default_factory=list)
    width: float = 0.9


def _drawn(sheet: Sheet, parts: list[_Part], colour: Colour = INK) -> None:
    """Parts from front to back; what is drawn afterwards is hidden by all of them."""
    before = list(sheet.before)
    for part in parts:
        sheet.before = before
        sheet.line(part.outline, part.width, True, colour)
        for points, width in part.lines:
            sheet.line(points, width, colour=colour)
        before = [*before, part.outline]
    sheet.before = before


def _head(put: Callable[[ArrayLike], Floats], look: float, curls: int) -> _Part:
    head = _Part(put(disc((0, 0), 3.2, 3.8, 0, 20)))
    for x in (0.4, 2.0):
        head.lines.append((put(disc((x + look, -0.4), 0.35, 0.5, 0, 8)), 0.4))
        head.lines.append((put(bow((x - 0.6 + look, -1.5), (x + 0.6 + look, -1.6), -0.2, 6)), 0.5))
    head.lines.append((put([(1.4 + look, 0.2), (1.9 + look, 0.9), (1.3 + look, 1.1)]), 0.5))
    head.lines.append((put(bow((0.5 + look, 2.1), (1.9 + look, 2.0), -0.2, 6)), 0.5))
    for k in range(curls):
        angle = np.radians(170 + 130 * k / max(curls - 1, 1))
        root = np.array([np.cos(angle) * 3.0, np.sin(angle) * 3.6])
        head.lines.append((put(bow(root, root * 1.2 + (-0.9, 1.2), 0.25, 7)), 0.5))
    return head


def _walker(at: Floats, swing: float, facing: int, size: float, stout: float, curls: int) -> list[_Part]:
    """The parts of somebody who walks, from front to back; swing: of the legs, degrees."""

    def put(points: ArrayLike) -> Floats:
        return moved(points, at, 0, (facing * size, size))

    parts = [_head(put=lambda p: put(moved(p, (0.5, -15.5), swing / 8)), look=0.2, curls=curls)]
    legs, arms = [], []
    for sign in (1, -1):
        hip = np.array([0.8 * sign, 0.0])
        joints = limb(hip, (90 - sign * swing, 14 + sign * swing * 0.3), (7.5, 7.5))
        toe = joints[-1] + (2.6, 0.2)
        leg = _Part(put(tube([*joints], (2.0 * stout, 1.6 * stout, 1.1))))
        leg.lines = [
            (put(bow(joints[1] + (-1.2, -0.4), joints[1] + (1.0, 0.2), 0.2, 6)), 0.4),
            (put(bow(joints[2] + (-0.9, -1.4), joints[2] + (0.9, -1.2), 0.1, 6)), 0.4),
        ]
        shoe = _Part(put(tube([joints[-1] + (-0.6, 0.4), toe], (1.1, 0.9))))
        legs += [shoe, leg]
        shoulder = np.array([0.3 * sign, -10.0])
        bones = limb(shoulder, (90 + sign * swing * 0.9, -18 + sign * 6), (5.5, 5.0))
        arm = _Part(put(tube(bones, (1.4 * stout, 1.2, 0.8))))
        arm.lines = [(put(bow(bones[1] + (-0.8, -0.3), bones[1] + (0.9, 0.1), 0.2, 6)), 0.4)]
        fist = _Part(put(disc(bones[-1] + (0.2, 0.8), 1.1, 1.0, 0, 10)))
        fist.lines = [
            (put(moved([(-0.4, 0.1 * k), (0.4, 0.1 * k + 0.1)], bones[-1] + (0.3, 0.4 + 0.5 * k))), 0.3)
            for k in range(2)
        ]
        arms.append([fist, arm])
    body = _Part(
        put(
            [
                (-2.4 * stout, -11),
                (0, -11.8),
                (2.2 * stout, -11),
                (2.8 * stout, -6),
                (2.6 * stout, 1.4),
                (0, 1.9),
                (-2.6 * stout, 1.4),
                (-2.7 * stout, -6),
            ]
        ),
        width=1.1,
    )
    for k in range(4):
        body.lines.append((put(disc((1.2, -9.5 + 2.6 * k), 0.35, count=7)), 0.3))
        body.lines.append((put(bow((-2.2 * stout, -8 + 2.5 * k), (-0.6, -7.4 + 2.4 * k), 0.15, 6)), 0.4))
    return [*arms[0], parts[0], body, *legs[:2], *legs[2:], *arms[1]]


def pair(t: float) -> Sheet:
    """Two people of different builds pass each other before a fence."""
    sheet = Sheet()
    one = _walker(np.array([22 + 10 * t, 42.0]), 8 + 24 * t, 1, 1.15, 1.0, 9)
    two = _walker(np.array([44 - 12 * t, 37.0]), 26 - 44 * t, -1, 0.95, 1.35, 5)
    _drawn(sheet, one)
    _drawn(sheet, two, (0.1, 0.2, 0.6))
    for k in range(13):
        sheet.line([(3 + 4.8 * k, 24), (3 + 4.8 * k, 34), (3 + 4.8 * k, 50)], 0.7, colour=(0.25, 0.12, 0.05))
    for y in (28, 40):
        sheet.line(bow((1, y), (63, y), 0.0, 16), 0.7, colour=(0.25, 0.12, 0.05))
    sheet.line(bow((1, 62), (63, 62), 0.0, 16), 1.2)
    return sheet


def _wheel(at: Floats, radius: float, spokes: int, turn: float) -> list[_Part]:
    hub = _Part(disc(at, 1.0, count=10), width=0.6)
    rim = _Part(disc(at, radius, count=32), width=1.4)
    rim.lines.append((np.concatenate([inner := disc(at, radius * 0.86, count=28), inner[:1]]), 0.5))
    for k in range(spokes):
        way = np.array([np.cos(np.radians(turn + 360 * k / spokes)), np.sin(np.radians(turn + 360 * k / spokes))])
        rim.lines.append((np.array([at + way * 1.0, at + way * radius * 0.5, at + way * radius * 0.86]), 0.4))
    return [hub, rim]


def carriage(t: float) -> Sheet:
    """An old carriage rolls behind trees: wheels with many spokes, windows, a horse-shoe of lamps; all lines."""
    sheet = Sheet()
    trees = [
        _Part(
            np.array([(12.0, 62), (12.6, 40), (11.5, 22), (10, 10), (15, 12), (16, 26), (15.6, 40), (16.5, 62)]),
            width=1.3,
        ),
        _Part(np.array([(50.0, 62), (50.5, 44), (49, 28), (51, 14), (54.5, 28), (54, 44), (55, 62)]), width=1.3),
    ]
    for tree in trees:
        low, high = tree.outline[:, 0].min() + 1.6, tree.outline[:, 0].max() - 1.6
        for k in range(7):
            x = low + (high - low) * ((k * 3) % 7) / 6
            tree.lines.append((bow((x, 58 - 5.5 * k), (x + 0.3, 54 - 5.5 * k), 0.1, 6), 0.4))
    _drawn(sheet, trees, (0.25, 0.12, 0.05))
    at = np.array([25 + 9 * t, 38 - 0.6 * t])
    lamps = [_Part(at + disc((x, -2), 1.2, 1.6, 0, 10), [(at + [(x, -3.2), (x, -5)], 0.5)], 0.6) for x in (-13.5, 13.5)]
    front, back = (
        _wheel(at + np.array([-9.0, 9.0]), 6.5, 12, 14 * t),
        _wheel(at + np.array([9.5, 8.0]), 7.5, 14, 12 * t),
    )
    door = _Part(at + polygon((-3.4, -6), (3.4, -6), (3.2, 4), (-3.2, 4), each=3), width=0.8)
    door.lines += [
        (at + moved([(-2.4, -4.8), (2.4, -4.8), (2.3, -1), (-2.3, -1), (-2.4, -4.8)]), 0.5),
        (at + moved([(1.6, 1.0), (2.4, 1.0)]), 0.6),
        (at + bow((-2.4, 2.6), (2.4, 2.6), 0.1, 8), 0.4),
    ]
    body = _Part(
        at + moved([(-13, -8), (-4, -9.6), (4, -9.6), (13, -8), (12, 0), (9, 5), (-9, 5), (-12, 0)]), width=1.2
    )
    for side in (-1, 1):
        window = moved([(5, -6.4), (10, -5.6), (9.4, -1.2), (5, -1.0), (5, -6.4)], at, 0, (side, 1))
        body.lines.append((window, 0.5))
        body.lines += [
            (moved(bow((5.6 + k, -5.8), (5.2 + 1.2 * k, -1.6), 0.1, 7), at, 0, (side, 1)), 0.3) for k in range(4)
        ]
    _drawn(sheet, [*lamps, *front, *back, door, body])
    for k in range(9):
        sheet.line(
            bow((2 + 7 * k, 20 - (k * 5) % 4), (7 + 7 * k, 20 - (k * 5) % 4), 0.12, 8), 0.6, colour=(0.15, 0.45, 0.15)
        )
    sheet.line(bow((1, 54.5), (63, 54.5), 0.01, 20), 0.9)
    return sheet
