"""Things that swing, roll, turn and wave."""

from __future__ import annotations

import numpy as np

from doodle_core.drawing import Drawing
from training.scenes.lines import Line, chain, corners, curve, ellipse, placed, pose
from training.scenes.pen import Pen
from training.scenes.scene import Scene

__all__ = ["SCENES"]


def ball(t: float) -> Drawing:
    """Bounces over a line; stretched while fast, squashed on the ground."""
    keys = [
        (12, 14, 7.6, 7.6, 0, -10),
        (21.5, 32, 6.6, 8.8, -18, 25),
        (32, 51.5, 10.2, 5.6, 0, 60),
        (42.5, 32, 6.6, 8.8, 18, 95),
        (52, 14, 7.6, 7.6, 0, 130),
    ]
    x, y, rx, ry, lean, spin = pose(keys, t)
    pen = Pen(6, t)
    stripe = placed(curve([(-0.95, 0.2), (-0.35, -0.25), (0.35, 0.25), (0.95, -0.2)]), (0, 0), spin)
    pen.draw(ellipse((x, y), rx, ry, lean))
    pen.draw(placed(stripe, (x, y), lean, (rx, ry)), 0.9)
    pen.draw(curve([(5, 58.6), (24, 58.9), (42, 58.4), (59, 58.8)], 10), 1.1)
    return pen.drawing()


def _regular(count: int) -> Line:
    turn = 2 * np.pi * np.arange(count) / count
    return np.stack((np.sin(turn), -np.cos(turn)), 1)


def polygons(t: float) -> Drawing:
    keys = [(24, 8, 8, 0), (18, 44, 9.5, -38), (25, 82, 13, -80), (21, 125, 7, -118)]
    outer, outer_turn, inner, inner_turn = pose(keys, t)
    pen = Pen(7, t, 1.35)
    pen.draw(placed(corners(_regular(4), 9, closed=True), (32, 32), outer_turn, outer))
    pen.draw(placed(corners(_regular(3), 8, closed=True), (32, 32), inner_turn, inner))
    return pen.drawing()


def flag(t: float) -> Drawing:
    """A wave runs along the cloth, 65 degrees a key."""
    phase = np.radians(65 * t)

    def cloth(points: Line) -> Line:
        along = (points[:, 0] - 13) / 42
        x = points[:, 0] + 1.2 * along * np.cos(2 * np.pi * 1.1 * along - phase)
        y = points[:, 1] + 4.6 * along**0.8 * np.sin(2 * np.pi * 1.1 * along - phase)
        return np.stack((x, y), 1)

    pen = Pen(8, t, 1.3)
    pen.draw(corners([(11.5, 9), (12.2, 60)], 12), 1.15)
    pen.draw(ellipse((11.5, 6.3), 2.4, 2.4, count=13))
    pen.draw(cloth(corners([(13, 12), (55, 12), (55, 38), (13, 38)], 14)))
    pen.draw(cloth(ellipse((33, 25), 7, 7)))
    pen.draw(cloth(placed(corners(_regular(5)[[0, 2, 4, 1, 3]], 4, closed=True), (33, 25.2), 0, 4.2)), 0.8)
    return pen.drawing()


def lamp(t: float) -> Drawing:
    """A desk lamp: an arm of two bones and a shade, curious about the table."""
    keys = [(205, -62, -36), (168, -36, -48), (228, -118, -46), (196, -20, -75), (160, 25, -95)]
    lower, upper, nod = pose(keys, t)
    pen = Pen(9, t, 1.3)
    base = np.array([27.0, 53.5])
    joints = chain(base, (lower, upper), (17, 16))
    pen.draw(curve([(16, 59), (17.5, 55), (27, 53.3), (36.5, 55), (38, 59)], 7))
    pen.draw(corners([(15, 59), (39, 59)], 10))
    pen.draw_all([corners(joints[i : i + 2], 10) for i in (0, 1)], 1.1)
    pen.dot(joints[1], 1.9)
    facing = lower + upper + nod
    shade = corners([(-2.4, -1), (2.4, -1), (7.4, 9.5), (-7.4, 9.5)], 7, closed=True)
    pen.draw(placed(shade, joints[2], -facing))
    pen.draw(placed(curve([(-3, 9.8), (-2.6, 12.2), (0, 13.4), (2.6, 12.2), (3, 9.8)], 6), joints[2], -facing), 0.9)
    return pen.drawing()


def clock(t: float) -> Drawing:
    """Its pendulum swings through 56 degrees a key, and time runs."""
    swing, minute, hour = pose([(-28, 10, 130), (28, 62, 140), (-28, 118, 151), (28, 172, 162)], t)
    pen = Pen(10, t)
    pen.draw(corners([(13, 18), (32, 5), (51, 18)], 10), 1.15)
    pen.draw(corners([(17, 16.5), (17, 40), (47, 40), (47, 16.5)], 10))
    pen.draw(ellipse((32, 25.5), 11, 11))
    middle = np.array([32, 25.5])
    pen.draw(corners([middle, middle + 8.2 * _toward(minute)], 8))
    pen.draw(corners([middle, middle + 5.2 * _toward(hour)], 6), 1.2)
    bob = chain((32, 40), (swing,), (13.5,))[-1]
    pen.draw(corners([(32, 40), bob], 10), 0.9)
    pen.draw(ellipse(bob + (bob - (32, 40)) / 13.5 * 3.6, 3.8, 3.8, count=21))
    return pen.drawing()


def _toward(degrees: float) -> Line:
    """Unit vector clockwise from twelve."""
    return np.array([np.sin(np.radians(degrees)), -np.cos(np.radians(degrees))])


_BODY = ((-16, 3), (-16, -2.5), (-14.5, -5.5), (-8.5, -6.8), (-5.2, -14), (7.5, -14), (12, -6.6), (16, -4.5), (17, 3))


def car(t: float) -> Drawing:
    """Drives a third of the sheet to the right over a bump; a wheel turns by 48 degrees a key."""
    x, y, tilt = pose([(20, 43.4, 0), (27, 42.4, -7), (36, 40, 3), (44, 43.4, 1)], t)
    pen = Pen(11, t)
    pen.draw(placed(corners(_BODY, 8, closed=True), (x, y), tilt))
    pen.draw(placed(corners([(-5.5, -6.5), (-3.6, -11.4), (1, -11.4), (1, -6.5)], 5, closed=True), (x, y), tilt), 0.9)
    pen.draw(placed(corners([(3.4, -6.5), (3.4, -11.4), (6.2, -11.4), (8.8, -6.5)], 5, closed=True), (x, y), tilt), 0.9)
    for side in (-8.5, 8.5):
        wheel = placed([(side, 5.6)], (x, y), tilt)[0]
        pen.draw(ellipse(wheel, 4.7, 4.7, count=25))
        spoke = placed([(-3.2, 0), (3.2, 0)], wheel, 48 * t + 20)
        pen.draw(corners(spoke, 6), 0.8)
    road = curve([(4, 54.8), (22, 54.8), (33, 54.0), (44, 54.8), (60, 54.8)], 8)
    pen.draw(road, 1.1)
    sun = np.array([48, 14])  # stands still
    pen.draw(ellipse(sun, 5, 5, count=21))
    pen.draw_all([corners([sun + 7.6 * _toward(a), sun + 10.2 * _toward(a)], 4) for a in range(10, 360, 60)])
    return pen.drawing()


SCENES = (
    Scene("ball", ball, 5),
    Scene("polygons", polygons, 4),
    Scene("flag", flag, 4),
    Scene("lamp", lamp, 5),
    Scene("clock", clock, 4),
    Scene("car", car, 4),
)
