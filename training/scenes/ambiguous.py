"""Pairs of keys that have more than one answer, with the one that is meant: what one link of the artist's decides.

Each is two lists of shapes of like numbers (`dense.shapes`); the second is drawn again, in another order, so that only
form and place tell what became what, and these tell the wrong thing.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from training.scenes.dense.hands import drawn
from training.scenes.dense.shapes import Floats, Shape, Sheet, bow, disc, limb, moved, polygon

__all__ = ["AMBIGUOUS", "Pair", "again"]

Pair = tuple[list[Shape], list[Shape]]


def again(shapes: list[Shape], seed: int) -> list[Shape]:
    """Shapes drawn again with other points and a little wobble, in another order."""
    made = [shape for shape, _ in drawn(shapes, "retraced", seed)]
    return [made[k] for k in np.random.default_rng(seed).permutation(len(made))]


def _pair(draw: Callable[[float], Sheet], seed: int) -> Pair:
    return draw(0.0).shapes, again(draw(1.0).shapes, seed)


def _arm(sheet: Sheet, shoulder: tuple[float, float], turn: float) -> None:
    joints = limb(shoulder, (turn, 10), (9, 8))
    sheet.line(bow(joints[0], joints[1], 0.04))
    sheet.line(bow(joints[1], joints[2], 0.04))
    sheet.line(disc(joints[2], 1.6, count=14), closed=True)
    for k in range(3):
        sheet.line(limb(joints[2], (turn + 40 - 40 * k,), (3.2,)), 0.4)


def arms(seed: int = 1) -> Pair:
    """Two arms that cross before the body: each goes to the other's place."""

    def draw(t: float) -> Sheet:
        sheet = Sheet()
        sheet.line(disc((32, 16), 5, 6), closed=True)
        sheet.line(polygon((26, 24), (38, 24), (37, 46), (27, 46)), closed=True)
        _arm(sheet, (26, 26), 120 - 105 * t)
        _arm(sheet, (38, 26), 60 + 105 * t)
        return sheet

    return _pair(draw, seed)


def walkers(seed: int = 1) -> Pair:
    """Two of one build walk past each other and change places."""

    def draw(t: float) -> Sheet:
        sheet = Sheet()
        for way in (1, -1):
            x, swing = 32 - way * 9 + way * 18 * t, 18.0
            hip, neck = np.array([x, 38.0]), np.array([x, 24.0])
            sheet.line(disc((x, 19), 4, 4.5), closed=True)
            sheet.line(disc((x + 1.5, 18), 0.5, count=8), closed=True)
            sheet.line(bow(neck, hip, 0.02))
            for sign in (1, -1):
                sheet.line(limb(hip, (90 + sign * swing, 8), (8, 8)))
                sheet.line(limb(neck + (0, 2), (90 - sign * swing, -12), (6, 5)))
        return sheet

    return _pair(draw, seed)


def wheel(seed: int = 1) -> Pair:
    """A wheel turns by six tenths of the angle between its spokes."""

    def draw(t: float) -> Sheet:
        sheet = Sheet()
        sheet.line(disc((32, 32), 22, count=40), closed=True)
        sheet.line(disc((32, 32), 3, count=16), closed=True)
        for k in range(12):
            angle = np.radians(30 * k + 18 * t)
            way = np.array([np.cos(angle), np.sin(angle)])
            sheet.line(np.linspace(32 + 3.5 * way, 32 + 21 * way, 6), 0.5)
        return sheet

    return _pair(draw, seed)


def fence(seed: int = 1) -> Pair:
    """A fence is panned by six tenths of the distance of its bars; at the frame's edge bars leave and come."""

    def draw(t: float) -> Sheet:
        sheet = Sheet()
        for k in range(-1, 17):
            x = 2 + 4 * k + 2.4 * t
            sheet.line([(x, 20), (x, 32), (x, 48)], 0.7, shown=1 <= x <= 63)
        for y in (25, 42):
            sheet.line([(1, y), (32, y), (63, y)], 0.7)
        return sheet

    return _pair(draw, seed)


def eyes(seed: int = 1) -> Pair:
    """A round face is turned upside down: what is left is right then."""

    def draw(t: float) -> Sheet:
        def put(points: ArrayLike) -> Floats:
            return moved(points, (32, 32), 180 * t)

        sheet = Sheet()
        sheet.line(put(disc((0, 0), 20, count=40)), closed=True)
        for x in (-8, 8):
            sheet.line(put(disc((x, 0), 4, 3)), closed=True)
            sheet.line(put(disc((x, 0), 1.2, count=10)), closed=True)
            sheet.line(put(bow((x - 4, -5), (x + 4, -5), 0.0)))
            for k in (-1, 0, 1):
                sheet.line(put([(x + 2 * k, -3.2), (x + 2.4 * k, -4.4)]), 0.3)
                sheet.line(put([(x + 2 * k, 3.2), (x + 2.4 * k, 4.4)]), 0.3)
        return sheet

    return _pair(draw, seed)


def mouth(seed: int = 1) -> Pair:
    """Lips with teeth shift by half a tooth."""

    def draw(t: float) -> Sheet:
        sheet = Sheet()
        lips = disc((32, 32), 24, 11, count=40)
        sheet.line(lips, closed=True)
        for k in range(-2, 12):
            for row, (top, low) in enumerate(((24, 31), (33, 40))):
                x = 12 + 4 * k + (2.2 if row else 2.4) * t
                inside = 12.5 <= x <= 51.5
                sheet.line([(x, top), (x, (top + low) / 2), (x, low)], 0.4, shown=inside)
        sheet.line(bow((9, 32), (55, 32), 0.0), 0.4)
        return sheet

    return _pair(draw, seed)


def letters(seed: int = 1) -> Pair:
    """A word whose two halves change places: each letter is there twice."""

    def draw(t: float) -> Sheet:
        sheet = Sheet()
        for half in (0, 1):
            at = np.array([6 + 28 * (half if t == 0 else 1 - half), 26 + 0.6 * half])
            sheet.line(disc(at + (4, 8), 3.4, 4), closed=True)
            sheet.line([at + (8, 4), at + (8, 8), at + (8.3, 12)])
            sheet.line([at + (12, 4), at + (12, 8), at + (12, 12)])
            sheet.line(bow(at + (12, 6), at + (19, 12), -0.35))
        return sheet

    return _pair(draw, seed)


def cards(seed: int = 1) -> Pair:
    """Two equal piles of cards change places."""

    def draw(t: float) -> Sheet:
        sheet = Sheet()
        for pile in (0, 1):
            x = 18 + 28 * abs(pile - t)
            for k in range(4):
                at = (x + 0.8 * k, 30 - 1.6 * k)
                sheet.line(moved(polygon((-7, -10), (7, -10), (7, 10), (-7, 10)), at, 3 * k), closed=True)
            for k in range(5):
                sheet.line(disc((x + 2.4 + 3 * (k % 2 - 0.5), 20 + 4 * (k // 2)), 0.9, count=9), 0.4, closed=True)
        return sheet

    return _pair(draw, seed)


def windows(seed: int = 1) -> Pair:
    """A house front is panned by one column of its windows; a column leaves and one comes."""

    def draw(t: float) -> Sheet:
        sheet = Sheet()
        for column in range(-1, 6):
            for row in range(4):
                x, y = 6 + 11 * column + 11 * t, 10 + 12 * row
                there = 4 <= x <= 54
                sheet.line(polygon((x, y), (x + 6, y), (x + 6, y + 8), (x, y + 8), each=3), 0.5, True, shown=there)
                sheet.line([(x + 3, y), (x + 3, y + 4), (x + 3, y + 8)], 0.4, shown=there)
        return sheet

    return _pair(draw, seed)


def shoal(seed: int = 1) -> Pair:
    """Fish in a row swim on, each nearly to where the next one was."""

    def draw(t: float) -> Sheet:
        sheet = Sheet()
        for k in range(5):
            at = (8 + 11 * k + 8.5 * t, 32 + 3 * (k % 2) * (1 - 2 * t))
            sheet.line(moved(disc((0, 0), 4, 2), at), closed=True)
            sheet.line(moved([(-4, 0), (-6, -1.8), (-6, 1.8), (-4, 0)], at))
            sheet.line(moved(disc((2.2, -0.5), 0.4, count=8), at), 0.3, closed=True)
            for x in (-1.2, 0, 1.2):
                sheet.line(moved(bow((x, -1), (x, 1), 0.3, 5), at), 0.3)
        return sheet

    return _pair(draw, seed)


def petals(seed: int = 1) -> Pair:
    """A flower of ten petals with their veins turns by six tenths of the angle between them."""

    def draw(t: float) -> Sheet:
        sheet = Sheet()
        sheet.line(disc((32, 32), 5, count=20), closed=True)
        for k in range(10):
            turn = 36 * k + 21.6 * t
            sheet.line(moved(disc((13, 0), 7, 3), (32, 32), turn), closed=True)
            sheet.line(moved(bow((7, 0), (18, 0), 0.08, 7), (32, 32), turn), 0.4)
        return sheet

    return _pair(draw, seed)


def legs(seed: int = 1) -> Pair:
    """A dog walks: its four legs cross in pairs, the far ones partly hidden by the near ones."""

    def draw(t: float) -> Sheet:
        sheet = Sheet()
        sheet.line(disc((32, 26), 16, 7), closed=True)
        sheet.line(disc((50, 18), 5, 4), closed=True)
        for x in (20, 44):
            for sign in (1, -1):
                joints = limb((x + sign, 31), (90 + sign * (24 - 48 * t), -8), (9, 9))
                sheet.line(np.array(joints))
                sheet.line([joints[-1], joints[-1] + (1.5, 0.1), joints[-1] + (3, 0)])
                sheet.line(bow(joints[1] + (-1, 0), joints[1] + (1, 0), 0.1, 5), 0.4)
        return sheet

    return _pair(draw, seed)


AMBIGUOUS: dict[str, Callable[[int], Pair]] = {
    one.__name__: one
    for one in (arms, walkers, wheel, fence, eyes, mouth, letters, cards, windows, shoal, petals, legs)
}
"""By name; each takes a seed for the wobble and the order."""
