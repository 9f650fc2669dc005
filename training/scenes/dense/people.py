"""A person who walks, and a crowd."""

from __future__ import annotations

import numpy as np

from training.scenes.dense.colours import BLUE, BROWN, DARK, GREEN, GREY, RED, SKIN, WHITE, YELLOW
from training.scenes.dense.shapes import Floats, Sheet, bow, disc, limb, moved, polygon

__all__ = ["crowd", "person", "sleeve"]


def sleeve(sheet: Sheet, p: Floats, q: Floats, wide: float, colour: tuple[float, float, float]) -> None:
    """A part of a limb: an outline and two folds across."""
    along = (q - p) / np.hypot(*(q - p))
    side = np.array([-along[1], along[0]]) * wide
    sheet.filled(
        polygon(tuple(p + side), tuple(q + side * 0.7), tuple(q - side * 0.7), tuple(p - side), each=4), colour
    )
    for part in (0.7, 0.8):
        m = p + (q - p) * part
        sheet.line(bow(m - side * 0.6, m + side * 0.4, 0.2, 6), 0.3)


def mitten(sheet: Sheet, at: Floats, turn: float) -> None:
    sheet.filled(disc(at, 1.8, 1.4, turn, 12), SKIN, 0.4)
    for k in range(4):
        sheet.line(moved([(1.2, -1.2 + 0.8 * k), (2.2, -1.3 + 0.85 * k), (3.2, -1.3 + 0.9 * k)], at, turn), 0.4)


def person(t: float) -> Sheet:
    sheet = Sheet()
    for k in range(4):
        sheet.line(bow((2, 58 + 1.5 * k), (62, 57.5 + 1.5 * k), 0.01, 20), 0.3)
    hip = np.array([28 + 6 * t, 38.0])
    lean = -90 + 12 * t
    chest = hip + 14 * np.array([np.cos(np.radians(lean)), np.sin(np.radians(lean))])
    sheet.layer = 1
    for side, (up, low) in enumerate(((70 + 45 * t, 20 - 10 * t), (115 - 40 * t, 15 + 25 * t))):
        joints = limb(hip + (3 - 6 * side, 0), (up, low), (9.5, 9.0))
        sleeve(sheet, joints[0], joints[1], 2.6, BLUE)
        sleeve(sheet, joints[1], joints[2], 2.0, BLUE)
        sheet.filled(moved(disc((1.6, 0), 3.0, 1.4, 0, 14), joints[2], up + low - 90), BROWN)
    body = lambda points: moved(points, hip, lean + 90)  # noqa: E731
    sheet.filled(body(polygon((-5, 0), (-5.5, -14), (5.5, -14), (5, 0))), RED)
    for k in range(5):
        sheet.filled(body(disc((0, -2 - 2.6 * k), 0.5, count=8)), WHITE, 0.2)
    for k in range(6):
        sheet.line(body(bow((-4.5 + k * 0.4, -1 - 2 * k), (-2.5, -2 - 2 * k), 0.2, 7)), 0.3)
    sheet.layer = 2
    for side, (up, low) in enumerate(((40 + 40 * t, -20 - 30 * t), (140 - 50 * t, -30 + 10 * t))):
        joints = limb(chest + (4 - 8 * side, 1.5), (up, low), (7.5, 7.0))
        sleeve(sheet, joints[0], joints[1], 2.0, RED)
        sleeve(sheet, joints[1], joints[2], 1.5, SKIN)
        mitten(sheet, joints[2], up + low)
    head = lambda points: moved(points, chest + np.array([2 * t, -6.5]), -8 + 20 * t)  # noqa: E731
    sheet.filled(head(disc((0, 0), 5, 6)), SKIN)
    for x in (-2, 2):
        sheet.filled(head(disc((x, -0.5), 1.1, 0.8, count=12)), WHITE, 0.3)
        sheet.area(head(disc((x + 0.3, -0.5), 0.5, count=10)), BROWN)
        sheet.line(head(bow((x - 1.3, -2.2), (x + 1.3, -2.3), -0.2, 8)), 0.5)
    sheet.line(head([(0, 0), (0.6, 1.4), (-0.2, 1.6)]), 0.4)
    sheet.line(head(bow((-1.8, 3), (1.8, 2.8 + t * 0.4), -0.15 - 0.1 * t, 9)), 0.5)
    for k in range(14):
        angle = np.radians(190 + 12 * k)
        root = np.array([np.cos(angle) * 4.6, np.sin(angle) * 5.4])
        sheet.line(head(bow(root, root * 1.25 + (0.8 - 2 * t, 1.2), 0.2, 7)), 0.5, colour=BROWN)
    return sheet


def crowd(t: float) -> Sheet:
    sheet = Sheet()
    random = np.random.default_rng(9)
    sheet.area(polygon((0, 0), (64, 0), (64, 64), (0, 64)), (0.75, 0.8, 0.7))
    coats = [RED, BLUE, GREEN, YELLOW, GREY]
    for k in range(15):
        row = k // 5
        sheet.layer = 1 + row
        go = random.uniform(-9, 9)
        x, y, size = 7 + 12.5 * (k % 5) + go * t, 14 + 19 * row + random.uniform(-1, 1), 0.8 + 0.15 * row
        swing = random.uniform(20, 40) * (1 if k % 2 else -1)
        place = lambda p, x=x, y=y, size=size: moved(p, (x, y), 0, size)  # noqa: E731
        for side in (-1, 1):
            joints = limb((1.2 * side, 5), (90 + side * swing * (t - 0.5), 8), (4, 3.5))
            sheet.line(place(np.array([*joints, joints[-1] + (1.2, 0)])), 1.1)
        coat = coats[int(random.integers(5))]
        sheet.filled(place(polygon((-2.2, -2.5), (2.2, -2.5), (2.8, 5.5), (-2.8, 5.5), each=3)), coat, 0.5)
        for side in (-1, 1):
            joints = limb((2.2 * side, -1.8), (90 - side * swing * (t - 0.5) * 1.2 - 12 * side, -15), (3.2, 3))
            sheet.line(place(np.array(joints)), 0.9, colour=coat)
        sheet.filled(place(disc((0, -5), 2.2, 2.5, 0, 16)), SKIN, 0.5)
        for side in (-1, 1):
            sheet.area(place(disc((0.9 * side + 0.3 * np.sign(go), -5.2), 0.35, count=8)), DARK)
        sheet.line(place(bow((-0.8, -3.8), (0.8, -3.8), -0.2, 6)), 0.3)
        hat = int(random.integers(3))
        if hat == 0:
            sheet.filled(place(polygon((-2.6, -6.8), (2.6, -6.8), (1.5, -9.5), (-1.5, -9.5), each=3)), coat, 0.4)
        else:
            for m in range(4):
                sheet.line(place(bow((-1.8 + m, -7), (-2.6 + 1.4 * m, -6 + hat), 0.3, 6)), 0.4, colour=BROWN)
    return sheet
