"""Creatures: a fish, a bird, a cat, a caterpillar."""

from __future__ import annotations

import numpy as np

from doodle_core.drawing import Drawing
from training.scenes.lines import Line, at, chain, corners, curve, ellipse, placed, pose
from training.scenes.pen import Pen
from training.scenes.scene import Scene

__all__ = ["SCENES"]


def fish(t: float) -> Drawing:
    """A wave of 70 degrees a key runs down its spine, stronger towards the tail; it swims on a little."""
    phase = np.radians(70 * t)
    nose_x, nose_y = 53 + 1.0 * t, 34 - 1.2 * t

    def bent(points: Line) -> Line:
        """Points told as (distance behind the nose, height over the spine)."""
        back = points[:, 0]
        reach = 0.4 + 5.2 * (back / 42) ** 1.6
        sway = reach * np.sin(2 * np.pi * 0.8 * back / 42 - phase)
        return np.stack((nose_x - back, nose_y + sway - points[:, 1]), 1)

    pen = Pen(12, t, 1.3)
    side = curve([(0, 0), (6, 6.8), (16, 10), (27, 6.5), (34, 2.2)], 8)
    outline = np.concatenate((side, (side * (1, -1))[::-1][1:]))
    pen.draw(bent(outline))
    tail = corners([(34, 2.2), (44, 9.5), (41, 0), (44, -9.5), (34, -2.2)], 7)
    pen.draw(bent(tail))
    pen.draw(bent(curve([(10, 7.5), (12.5, 1), (10, -7)], 7)), 0.9)
    pen.dot(bent(np.array([[5.6, 2.2]])), 1.4)
    pen.draw(bent(curve([(17, -1), (22, -6), (25, -3.2), (20, 0)], 6)), 0.9)
    pen.draw(bent(curve([(12, 9.4), (18, 14.5), (25, 11.5), (27, 6.6)], 6)))
    for i, x in enumerate((57.5, 50.0)):
        bubble = (x + np.sin(1.3 * t + i), 21 - 7 * i - 3.5 * t / (1 + i))
        pen.draw(ellipse(bubble, 2.4 - 0.5 * i, 2.4 - 0.5 * i, count=17))
    return pen.drawing()


def bird(t: float) -> Drawing:
    """Seen from ahead and below: both wings beat through 105 degrees in two keys, folding on the way up."""
    keys = [(152, 18, 2.0), (100, -22, 0), (48, -18, -2.5), (92, -62, 0), (152, 18, 2.0)]
    lift, fold, height = pose(keys, t)
    pen = Pen(13, t, 1.3)
    x, y = 32.0, 34.0 + height
    pen.draw(ellipse((x, y), 5.4, 8.2))
    pen.draw(ellipse((x, y - 12), 5.6, 5.2, count=25))
    pen.dot((x, y - 10.2), 1.1)
    pen.dot((x - 2.3, y - 13), 0.8)
    pen.dot((x + 2.3, y - 13), 0.8)
    pen.draw(corners([(x - 2, y + 7.8), (x - 4.5, y + 14.5), (x, y + 12.5), (x + 4.5, y + 14.5), (x + 2, y + 7.8)], 5))
    for side in (-1, 1):
        shoulder = np.array([x + 4.2 * side, y - 5])
        joints = chain((0, 0), (lift, fold), (10, 14)) * (side, 1) + shoulder
        behind = chain((0, 0), (lift - 20, fold - 6), (9, 7)) * (side, 1) + shoulder + (0, 6)
        pen.draw(curve([joints[0], joints[1], joints[2], behind[2], behind[1], (x + 5 * side, y + 2)], 8))
    return pen.drawing()


def cat(t: float) -> Drawing:
    """Sits and thinks: the head tilts, the tail curls from one side to the other, an eye closes."""
    tilt, base, curl, blink = pose([(-8, 98, 70, 1), (6, 112, 5, 1), (14, 140, -75, 0.25), (-4, 108, 85, 1)], t)
    pen = Pen(14, t)
    pen.draw(curve([(18, 31), (12.5, 44), (11, 56), (18, 59.5), (34, 59.5), (40, 56), (38, 44), (32.5, 31)], 7))
    pen.draw_all([corners([(21.8, 46), (22.2, 58)], 8), corners([(29, 46), (28.6, 58)], 8)], 0.9)
    tail = chain((39.5, 56.5), (base, *[curl / 3] * 5), (3.5,) * 6)
    pen.draw(curve(tail, 5), 1.2)
    head = np.array([25.0, 22.0])

    def on_head(points: Line) -> Line:
        return placed(points, head, tilt)

    pen.draw(on_head(ellipse((0, 0), 11.6, 9.8)))
    for side in (-1, 1):
        pen.draw(on_head(corners(np.array([(10.4, -4), (9.8, -14.5), (3.2, -9.6)]) * (side, 1), 7)))
        pen.draw(on_head(ellipse((4.6 * side, -1.6), 1.5, 2.2 * (blink if side > 0 else 1), count=17)), 0.85)
        pen.draw(on_head(corners(np.array([(8.0, 3.0), (16.5, 1.6)]) * (side, 1), 6)), 0.8)
        pen.draw(on_head(corners(np.array([(7.6, 5.2), (15.8, 6.6)]) * (side, 1), 6)), 0.8)
        pen.draw(on_head(curve(np.array([(0, 2.6), (0.6, 5.4), (3.4, 5.0)]) * (side, 1), 5)), 0.85)
    return pen.drawing()


def caterpillar(t: float) -> Drawing:
    """Creeps to the right: its back arches and stretches; five rings and a face."""
    keys = [(6.5, 38, 3), (15, 40, 19), (16, 50, 3), (24, 51, 18)]
    rear, front, arch = pose(keys, t)
    pen = Pen(15, t)
    third = 0.3 * (front - rear)
    back = curve([(rear, 51), (rear + third, 51 - arch), (front - third, 51 - arch), (front, 51)], 12)
    rings = at(back, np.linspace(0.0, 0.8, 5))
    for ring in rings:
        pen.draw(ellipse(ring, 5.0, 5.0, count=25), 0.95)
    head = at(back, 1.0) + (0, -4.5)
    pen.draw(ellipse(head, 6.0, 6.0))
    pen.dot(head + (1.4, -1.6), 0.9)
    pen.dot(head + (4.0, -1.6), 0.9)
    pen.draw(curve([head + (0.6, 1.8), head + (2.4, 3.0), head + (4.2, 1.6)], 4), 0.8)
    for reach in (-2.2, 3.2):
        pen.draw(curve([head + (reach * 0.7, -5.6), head + (reach, -9.0), head + (reach * 1.9, -11.5)], 5), 0.85)
    pen.draw(corners([(3, 57.6), (61, 57.6)], 18), 1.05)
    cloud = [(9, 19), (7.5, 14.5), (12, 12.5), (15.5, 8), (21, 9), (24, 12.5), (28.5, 14.5), (26.5, 19)]
    pen.draw(curve(cloud, 5, closed=True))
    return pen.drawing()


SCENES = (Scene("fish", fish, 4), Scene("bird", bird, 5), Scene("cat", cat, 4), Scene("caterpillar", caterpillar, 4))
