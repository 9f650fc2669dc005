"""Gears and pistons; a street in perspective."""

from __future__ import annotations

import numpy as np

from training.scenes.dense.colours import BLUE, GREEN, GREY, RED, WHITE, YELLOW
from training.scenes.dense.shapes import Sheet, bow, disc, moved, polygon

__all__ = ["machine", "street"]


def _gear(sheet: Sheet, at: tuple[float, float], radius: float, teeth: int, turn: float, colour: tuple) -> None:
    corners = []
    for k in range(teeth):
        for off, r in ((-0.3, 0.85), (-0.2, 1.0), (0.2, 1.0), (0.3, 0.85)):
            angle = (k + off) / teeth * 2 * np.pi
            corners.append((np.cos(angle) * radius * r, np.sin(angle) * radius * r))
    sheet.filled(moved(polygon(*corners, each=2), at, turn), colour)
    sheet.filled(disc(at, radius * 0.25, count=14), WHITE)
    for k in range(5):
        angle = np.radians(72 * k + 10)
        sheet.line(
            moved([(np.cos(angle) * radius * r, np.sin(angle) * radius * r) for r in (0.3, 0.5, 0.75)], at, turn), 0.5
        )
    # A mark on one spoke.
    sheet.area(moved(disc((radius * 0.6, 0), radius * 0.08, count=8), at, turn), RED)


def machine(t: float) -> Sheet:
    sheet = Sheet()
    sheet.filled(polygon((6, 46), (58, 46), (58, 58), (6, 58)), GREY)
    for k in range(13):
        sheet.filled(disc((8 + 4 * k, 48), 0.7, count=8), YELLOW, 0.3)
        sheet.line([(8 + 4 * k, 50), (8 + 4 * k, 53), (8 + 4 * k, 57)], 0.3)
    sheet.layer = 1
    _gear(sheet, (18, 32), 9, 10, 14 * t, YELLOW)
    _gear(sheet, (36, 30), 6.5, 8, -17 * t, GREEN)
    _gear(sheet, (50, 33), 5, 7, 20 * t, BLUE)
    for k in range(4):
        lift = 5 * np.sin(np.radians(60 * k + 70 * t))
        x = 10 + 14 * k
        sheet.filled(polygon((x - 3, 8 + lift), (x + 3, 8 + lift), (x + 3, 14 + lift), (x - 3, 14 + lift)), GREY)
        sheet.line([(x, 14 + lift), (x, 18 + lift / 2), (x, 22)], 0.9)
        for m in range(3):
            sheet.line([(x - 3, 9.5 + lift + 1.6 * m), (x, 9.5 + lift + 1.6 * m), (x + 3, 9.5 + lift + 1.6 * m)], 0.3)
    sheet.layer = 2
    for k in range(5):
        drift = 10 * t + 3 * k
        size = 1.2 + 0.4 * k + 0.8 * t
        sheet.filled(disc((44 + 2 * k + 4 * t, 12 - drift * 0.3 - 1.5 * k), size, count=16), WHITE, 0.4)
    return sheet


def street(t: float) -> Sheet:
    sheet = Sheet()
    sheet.area(polygon((0, 0), (64, 0), (64, 30), (0, 30)), (0.5, 0.7, 0.9))
    sheet.area(polygon((0, 30), (64, 30), (64, 64), (0, 64)), (0.35, 0.35, 0.35))
    sheet.layer = 1
    eye = np.array([32 - 3 * t, 29.0])

    def seen(x: float, y: float, z: float) -> tuple[float, float]:
        depth = max(z - 1.2 * t, 0.5)
        return tuple(eye + np.array([x, y]) * 12 / depth)

    for side in (-1, 1):
        for house in range(4):
            near, far = 2.6 + 1.6 * (3 - house), 4.0 + 1.6 * (3 - house)
            x, tall = 3.2 * side, -3.2 - 0.5 * ((house * 7 + side) % 3)
            colour = [(0.6, 0.3, 0.2), (0.7, 0.6, 0.4), (0.5, 0.5, 0.6), (0.6, 0.45, 0.5)][(house + side) % 4]
            sheet.filled(
                polygon(seen(x, tall, near), seen(x, tall, far), seen(x, 1.6, far), seen(x, 1.6, near)), colour
            )
            for row in range(3):
                for column in range(3):
                    za, zb = (near + (far - near) * (column + o) / 3 for o in (0.25, 0.75))
                    ya, yb = (tall + (1.6 - tall) * (row + o) / 3.3 for o in (0.3, 0.8))
                    sheet.filled(
                        polygon(seen(x, ya, za), seen(x, ya, zb), seen(x, yb, zb), seen(x, yb, za), each=2),
                        YELLOW,
                        0.3,
                    )
    sheet.layer = 2
    for k in range(6):
        for side in (-1, 1):
            z = 8.5 - k
            sheet.line(
                [seen(2.3 * side, 1.6, z), seen(2.3 * side, -0.3, z), seen(1.8 * side, -0.5, z)], 2.2 / (z - 1.2 * t)
            )
    for k in range(2):
        at = np.array([16 + 30 * k + (14 if k == 0 else -12) * t, 50 + 4 * k])
        sheet.filled(
            moved(polygon((-7, 0), (-6, -3), (-3, -3.4), (-1.5, -6), (3.5, -6), (5, -3.2), (7, -2.6), (7, 0)), at),
            RED if k else BLUE,
        )
        sheet.filled(moved(polygon((-1.8, -3.5), (-0.8, -5.4), (1, -5.4), (1, -3.5), each=3), at), WHITE, 0.3)
        for x in (-4, 4):
            sheet.filled(disc(at + (x, 0), 1.9, count=16), (0.1, 0.1, 0.1))
            for spoke in range(3):
                sheet.line(moved([(-1.2, 0), (0, 0), (1.2, 0)], at + (x, 0), 60 * spoke + 25 * t), 0.25, colour=WHITE)
    sheet.line(bow((6, 10), (12, 11), 0.3, 9), 0.5, shown=t <= 0.5)  # a bird that leaves
    sheet.filled(disc((54, 8), 3, count=18), YELLOW, shown=t > 0.5)  # the sun comes out
    return sheet
