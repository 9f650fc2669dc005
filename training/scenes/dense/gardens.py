"""Things that grow and appear, and shelves full of things that are alike."""

from __future__ import annotations

import numpy as np

from training.scenes.dense.colours import BLUE, BROWN, GREEN, RED, WHITE, YELLOW
from training.scenes.dense.shapes import Floats, Sheet, bow, disc, moved, polygon

__all__ = ["bicycle", "garden", "shelves"]


def _leaf(at: Floats, turn: float, size: float) -> Floats:
    u = np.linspace(0, np.pi, 8)
    edge = np.stack([np.linspace(0, 5, 8), 1.3 * np.sin(u)], axis=1)
    return moved(np.concatenate([edge, edge[-2:0:-1] * (1, -1)]), at, turn, size)


def _flower(sheet: Sheet, at: Floats, turn: float, open_: float, colour: tuple[float, float, float]) -> None:
    for k in range(8):
        petal = moved(disc((2.2, 0), 1.7, 0.9, 0, 14), (0, 0), 45 * k, 0.35 + 0.65 * open_)
        sheet.filled(moved(petal, at, turn), colour, 0.3)
    sheet.filled(disc(at, 1.1, count=14), YELLOW, 0.3)
    for k in range(5):
        sheet.area(moved(disc((0.5, 0), 0.18, count=6), at, turn + 72 * k), BROWN)


def garden(t: float) -> Sheet:
    """Flowers open and bend, leaves unfold, a butterfly comes, a bud and three bees only at the end."""
    sheet = Sheet()
    sheet.area(polygon((0, 56), (64, 54), (64, 64), (0, 64)), BROWN)
    for k in range(20):
        x = 2 + 3.1 * k
        sheet.line(bow((x, 58), (x + 1.2 * np.sin(k) + 2 * t, 51 + (k * 5) % 4), 0.15, 7), 0.4, colour=GREEN)
    sheet.layer = 1
    tops = []
    for k in range(5):
        root = np.array([7 + 12.5 * k, 56.0])
        lean = (-6 + (k * 5) % 9) * (1 - 0.4 * t) + 7 * t
        top = root + (lean, -24 - 5 * ((k * 3) % 4) * 0.8 - 4 * t)
        stem = bow(root, top, 0.1 - 0.12 * t, 14)
        sheet.line(stem, 1.0, colour=GREEN)
        for m in range(4):
            place = stem[3 + 2 * m]
            turn = (-60 if m % 2 else -120) + (25 if m % 2 else -25) * t + 6 * k
            size = 0.7 + 0.5 * t + 0.1 * m
            sheet.filled(_leaf(place, turn, size), GREEN, 0.4)
            sheet.line(moved([(0.3, 0), (2, 0), (4, 0)], place, turn, size), 0.3)
        tops.append(top)
    sheet.layer = 2
    for k, top in enumerate(tops):
        _flower(
            sheet, top, 25 * t + 20 * k, 0.3 * ((k * 2) % 3) + (1 - 0.3 * ((k * 2) % 3)) * t, (RED, WHITE, BLUE)[k % 3]
        )
    sheet.layer = 3
    for k in range(6):
        at = np.array([8 + 9.5 * k + 4 * t, 9 + (k * 7) % 8 + 2 * np.sin(k) * t])
        sheet.filled(moved(disc((0, 0), 1.6, 0.9, 0, 12), at, 10 * k), YELLOW, 0.3, shown=k < 3 or t > 0.5)
        for stripe in (-0.4, 0.4):
            sheet.line(moved([(stripe, -0.8), (stripe, 0.8)], at, 10 * k), 0.4, shown=k < 3 or t > 0.5)
        sheet.filled(
            moved(disc((0, -1.3), 0.7, 1.2, 0, 10), at, 10 * k - 15 + 30 * t), WHITE, 0.25, shown=k < 3 or t > 0.5
        )
    return sheet


def bicycle(t: float) -> Sheet:
    """A bicycle with baskets: it rolls and rears; sixteen spokes a wheel, a chain of links, tyres with holes."""
    sheet = Sheet()
    whole = lambda p: moved(p, (29 + 5 * t, 42), -7 * t)  # noqa: E731
    roll = 11 * t
    for k in range(16):
        sheet.line(bow((1 + 4 * k - 7 * t, 60), (3.2 + 4 * k - 7 * t, 60.4), 0.1, 5), 0.6, colour=GREEN)
    sheet.layer = 1
    for x in (-15.0, 15.0):
        at = np.array([x, 4.0])
        sheet.area(whole(disc(at, 10, count=36)), (0.05, 0.05, 0.05), whole(disc(at, 8.8, count=32)))
        for k in range(16):
            spoke = moved([(0.8, 0), (4.5, 0), (8.8, 0)], at, roll + 22.5 * k)
            sheet.line(whole(spoke), 0.25, colour=(0.3, 0.3, 0.3))
        sheet.filled(whole(disc(at, 1.0, count=12)), YELLOW, 0.3)
        sheet.line(whole(moved(bow((-10.5, -3), (9.5, -6), 0.5, 16), at)), 0.9, colour=RED)
    sheet.layer = 2
    for p, q in (
        ((-15, 4), (-6, -9)),
        ((-6, -9), (10, -10)),
        ((-1, 5), (10, -10)),
        ((-15, 4), (-1, 5)),
        ((-1, 5), (-6.6, -11)),
        ((15, 4), (9.4, -14)),
    ):
        sheet.line(whole(bow(p, q, 0.0, 8)), 1.5, colour=RED)
    for k in range(30):
        angle = 2 * np.pi * (k + 0.7 * t) / 30
        link = np.array([-8 + 8.5 * np.cos(angle), 4.7 + 2.0 * np.sin(angle)])
        sheet.line(whole(disc(link, 0.55, 0.4, np.degrees(angle) + 90, 8)), 0.25, True)
    sheet.line(whole(disc((-1, 5), 2.8, count=20)), 0.6, True)
    for side in (0, 1):
        crank = moved([(0, 0), (2, 0), (4, 0)], (-1, 5), 35 + 180 * side + 48 * t)
        sheet.line(whole(crank), 0.9)
        sheet.filled(
            whole(moved(polygon((-1.4, -0.5), (1.4, -0.5), (1.4, 0.5), (-1.4, 0.5), each=2), crank[-1])), BROWN, 0.3
        )
    sheet.filled(whole([(-10, -12.5), (-6, -13), (-2.5, -12), (-6, -10.8)]), BROWN)
    sheet.line(whole([(9.4, -14), (8.5, -16), (11, -17), (14, -15.5)]), 1.1)
    sheet.filled(whole(polygon((12, -14), (20, -14), (19, -7), (13, -7), each=4)), (0.6, 0.4, 0.2))
    for k in range(4):
        sheet.line(whole(bow((12.3 + 0.2 * k, -12.6 + 1.5 * k), (19.7 - 0.2 * k, -12.6 + 1.5 * k), 0.02, 9)), 0.35)
        sheet.line(whole([(13.4 + 1.7 * k, -13.6), (13.6 + 1.55 * k, -10), (13.8 + 1.5 * k, -7.4)]), 0.35)
    for k in range(5):
        sheet.filled(whole(disc((13 + 1.6 * k, -15 - (k % 2)), 1.4, count=12)), (RED, YELLOW, WHITE)[k % 3], 0.3)
    return sheet


def shelves(t: float) -> Sheet:
    """Five shelves of books, seen while passing by: hundreds of shapes that are much alike."""
    sheet = Sheet()
    random = np.random.default_rng(4)
    eye = np.array([32.0, 30.0])

    def seen(points: object, depth: float = 1.0) -> Floats:
        p = np.asarray(points, float)
        return eye + (p - eye - (4 * t, 1.0 * t)) * (1 + 0.10 * t) / depth

    sheet.area(seen(polygon((0, 0), (66, 0), (66, 64), (0, 64)), 1.05), (0.35, 0.25, 0.15))
    sheet.layer = 1
    for row in range(5):
        base = 13 + 12 * row
        x = 2.0
        for k in range(22):
            wide, tall = random.uniform(1.8, 3.4), random.uniform(7, 10.5)
            lean = 14.0 * (1 - t) if k % 9 == 8 else 0.0
            place = lambda p, x=x, base=base, lean=lean: seen(moved(p, (x, base), lean))  # noqa: E731
            colour = (RED, BLUE, GREEN, (0.5, 0.3, 0.2), YELLOW)[int(random.integers(5))]
            sheet.filled(place(polygon((0, 0), (0, -tall), (wide, -tall), (wide, 0), each=3)), colour, 0.35)
            for m in range(int(random.integers(2, 4))):
                y = -tall + 1.5 + 1.2 * m
                sheet.line(place([(0.4, y), (wide / 2, y), (wide - 0.4, y)]), 0.3, colour=WHITE)
            sheet.area(place(disc((wide / 2, -1.4), 0.45, count=7)), WHITE)
            x += wide + 0.1 + (1.6 if k % 9 == 8 else 0)
    sheet.layer = 2
    for row in range(5):
        base = 13 + 12 * row
        sheet.filled(seen(polygon((0, base), (66, base), (66, base + 1.6), (0, base + 1.6), each=8)), BROWN)
    return sheet
