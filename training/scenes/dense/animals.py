"""A horse, and a face that turns."""

from __future__ import annotations

import numpy as np

from training.scenes.dense.colours import BLUE, BROWN, DARK, GREEN, RED, SKIN, WHITE
from training.scenes.dense.people import sleeve
from training.scenes.dense.shapes import Floats, Sheet, bow, disc, limb, moved, polygon

__all__ = ["animal", "face"]


def animal(t: float) -> Sheet:
    sheet = Sheet()
    for k in range(24):
        x = 2 + 2.6 * k - 5 * t
        sheet.line(bow((x, 60), (x + 1.5 + 0.5 * np.sin(k), 55 + (k * 5) % 3), 0.2, 7), 0.4, colour=GREEN)
    sheet.layer = 1
    at = np.array([32 + 3 * t, 36])
    gaits = ((80, 25), (105, 5), (70, 30), (110, 10))
    swings = ((35, -15), (-30, 20), (-25, 20), (20, -25))
    for k, ((up, low), (du, dl)) in enumerate(zip(gaits, swings, strict=True)):
        root = at + ((-10, 3), (10, 3), (-8, 4), (12, 4))[k]
        joints = limb(root, (up + du * t, low + dl * t), (9, 8))
        sleeve(sheet, joints[0], joints[1], 2.4, BROWN if k < 2 else (0.45, 0.25, 0.1))
        sleeve(sheet, joints[1], joints[2], 1.4, BROWN if k < 2 else (0.45, 0.25, 0.1))
        sheet.filled(moved(polygon((-1, 0), (2.5, 0), (2, 2), (-1, 2), each=3), joints[2]), (0.1, 0.1, 0.1))
    body = lambda p: moved(p, at, -4 + 8 * t)  # noqa: E731
    sheet.filled(body(disc((0, 0), 15, 7, count=40)), (0.45, 0.25, 0.1))
    random = np.random.default_rng(5)
    for _ in range(18):
        x, y = random.uniform(-11, 11), random.uniform(-4, 4)
        sheet.area(
            body(disc((x, y), random.uniform(0.6, 1.6), random.uniform(0.5, 1.2), random.uniform(0, 180), 12)), BROWN
        )
    sheet.layer = 2
    neck = body([(12, -3)])[0]
    head = limb(neck, (-55 + 25 * t,), (10,))[1]
    sleeve(sheet, neck, head, 3.4, (0.45, 0.25, 0.1))
    face = lambda p: moved(p, head, 15 + 30 * t)  # noqa: E731
    sheet.filled(face(disc((2.5, 0), 5, 2.8)), (0.45, 0.25, 0.1))
    sheet.filled(face(disc((2, -1), 0.8, count=10)), WHITE, 0.3)
    sheet.area(face(disc((2.2, -1), 0.4, count=8)), DARK)
    sheet.line(face(bow((4.5, 1.2), (7, 0.8), -0.2, 7)), 0.4)
    for k in (-1, 1):
        sheet.filled(face(polygon((-1 + k, -2.4), (-0.6 + k, -5), (0.6 + k, -2.6), each=4)), BROWN)
    for k in range(14):
        root = neck + (head - neck) * (k / 13) + (-2.6, -1.5)
        sheet.line(bow(root, root + (-3.5 - t, 1.5 + 1.5 * np.sin(k + 2 * t)), 0.25, 8), 0.5, colour=(0.05, 0.03, 0.02))
    tail = body([(-14.5, -2)])[0]
    for k in range(9):
        sheet.line(
            bow(tail, tail + moved((0, 11 + k % 3), (0, 0), 40 + 3 * k - 30 * t), 0.2, 10),
            0.4,
            colour=(0.05, 0.03, 0.02),
        )
    return sheet


def face(t: float) -> Sheet:
    sheet = Sheet()
    turn = np.radians(-25 + 50 * t)

    def at(x: float, y: float, z: float | None = None) -> tuple[float, float]:
        z = np.sqrt(max(400 - x * x - 0.3 * y * y, 0)) if z is None else z
        return (32 + x * np.cos(turn) + z * np.sin(turn), 33 + y + 2 * t)

    def on(points: Floats) -> Floats:
        return np.array([at(*p) for p in points])

    sheet.filled(polygon((25, 48), (39, 48), (42, 64), (22, 64)), SKIN)
    sheet.layer = 1
    sheet.filled(disc((32, 33 + 2 * t), 20, 23, 0, 48), SKIN, 0.9)
    for side in (-1, 1):
        eye = np.array([8.0 * side, -3])
        sheet.filled(on(disc(eye, 4, 2.4, 0, 20)), WHITE, 0.5)
        sheet.filled(on(disc(eye + (0.8 * t, 0), 1.7, count=16)), BLUE, 0.3)
        sheet.area(on(disc(eye + (0.8 * t, 0), 0.8, count=12)), DARK)
        sheet.line(on(bow(eye + (-4, -5 - t), eye + (4, -5.5 - t), -0.15, 10)), 1.1, colour=BROWN)
        for k in range(6):
            root = eye + (-3 + 1.2 * k, -2.0 - 0.4 * np.sin(k * 0.6))
            sheet.line(on(np.array([root, root + (0.1 * (k - 3), -0.9), root + (0.25 * (k - 3), -1.6)])), 0.3)
        sheet.line(on(bow(eye + (-3, 4), eye + (3, 4), 0.15, 8)), 0.3)
        for k in range(7):
            sheet.area(on(disc((side * (8 + 1.3 * (k % 4)), 5 + 1.6 * (k // 4) + 0.3 * k), 0.4, count=8)), BROWN)
    sheet.line(np.array([at(0, -2), at(0.5, 1, 21), at(1.5, 4, 23.5), at(0, 5, 22), at(-1.5, 5, 20)]), 0.6)
    wide = 5 + 1.5 * t
    sheet.filled(on(disc((0, 12), wide, 1.2 + 1.8 * t, 0, 22)), RED, 0.5)
    sheet.filled(on(disc((0, 12), wide * 0.8, 0.4 + 1.2 * t, 0, 18)), (0.15, 0.02, 0.02), 0.3)
    for k in range(5):
        x = wide * (-0.5 + 0.25 * k)
        sheet.area(
            on(polygon((x - 0.4, 11.2 - 0.6 * t), (x + 0.4, 11.2 - 0.6 * t), (x + 0.4, 12), (x - 0.4, 12), each=2)),
            WHITE,
        )
    sheet.layer = 2
    for k in range(46):
        angle = np.radians(175 + 190 * k / 45)
        root = np.array([32 + 19.5 * np.cos(angle) + 4 * np.sin(turn), 33 + 2 * t + 22.5 * np.sin(angle)])
        sheet.line(
            bow(root, root + moved((4.5 + (k % 4), 0), (0, 0), np.degrees(angle) + 25 - 40 * t), 0.2, 9),
            0.5,
            colour=BROWN,
        )
    return sheet
