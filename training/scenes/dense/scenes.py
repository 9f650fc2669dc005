"""Six dense scenes: three to choose constants by, three only to judge."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from training.scenes.dense.shapes import Floats, Sheet, bow, disc, limb, moved, polygon

__all__ = ["CHOOSING", "JUDGING"]

_SKIN, _RED, _BLUE, _BROWN = (0.8, 0.55, 0.42), (0.7, 0.1, 0.1), (0.1, 0.2, 0.6), (0.25, 0.12, 0.05)
_GREY, _GREEN, _WHITE, _YELLOW = (0.45, 0.45, 0.5), (0.15, 0.45, 0.15), (0.95, 0.95, 0.95), (0.85, 0.7, 0.1)


def _sleeve(sheet: Sheet, p: Floats, q: Floats, wide: float, colour: tuple[float, float, float]) -> None:
    """A part of a limb: an outline and two folds across."""
    along = (q - p) / np.hypot(*(q - p))
    side = np.array([-along[1], along[0]]) * wide
    sheet.filled(
        polygon(tuple(p + side), tuple(q + side * 0.7), tuple(q - side * 0.7), tuple(p - side), each=4), colour
    )
    for part in (0.7, 0.8):
        m = p + (q - p) * part
        sheet.line(bow(m - side * 0.6, m + side * 0.4, 0.2, 6), 0.3)


def _hand(sheet: Sheet, at: Floats, turn: float) -> None:
    sheet.filled(disc(at, 1.8, 1.4, turn, 12), _SKIN, 0.4)
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
        _sleeve(sheet, joints[0], joints[1], 2.6, _BLUE)
        _sleeve(sheet, joints[1], joints[2], 2.0, _BLUE)
        sheet.filled(moved(disc((1.6, 0), 3.0, 1.4, 0, 14), joints[2], up + low - 90), _BROWN)
    body = lambda points: moved(points, hip, lean + 90)  # noqa: E731
    sheet.filled(body(polygon((-5, 0), (-5.5, -14), (5.5, -14), (5, 0))), _RED)
    for k in range(5):
        sheet.filled(body(disc((0, -2 - 2.6 * k), 0.5, count=8)), _WHITE, 0.2)
    for k in range(6):
        sheet.line(body(bow((-4.5 + k * 0.4, -1 - 2 * k), (-2.5, -2 - 2 * k), 0.2, 7)), 0.3)
    sheet.layer = 2
    for side, (up, low) in enumerate(((40 + 40 * t, -20 - 30 * t), (140 - 50 * t, -30 + 10 * t))):
        joints = limb(chest + (4 - 8 * side, 1.5), (up, low), (7.5, 7.0))
        _sleeve(sheet, joints[0], joints[1], 2.0, _RED)
        _sleeve(sheet, joints[1], joints[2], 1.5, _SKIN)
        _hand(sheet, joints[2], up + low)
    head = lambda points: moved(points, chest + np.array([2 * t, -6.5]), -8 + 20 * t)  # noqa: E731
    sheet.filled(head(disc((0, 0), 5, 6)), _SKIN)
    for x in (-2, 2):
        sheet.filled(head(disc((x, -0.5), 1.1, 0.8, count=12)), _WHITE, 0.3)
        sheet.area(head(disc((x + 0.3, -0.5), 0.5, count=10)), _BROWN)
        sheet.line(head(bow((x - 1.3, -2.2), (x + 1.3, -2.3), -0.2, 8)), 0.5)
    sheet.line(head([(0, 0), (0.6, 1.4), (-0.2, 1.6)]), 0.4)
    sheet.line(head(bow((-1.8, 3), (1.8, 2.8 + t * 0.4), -0.15 - 0.1 * t, 9)), 0.5)
    for k in range(14):
        angle = np.radians(190 + 12 * k)
        root = np.array([np.cos(angle) * 4.6, np.sin(angle) * 5.4])
        sheet.line(head(bow(root, root * 1.25 + (0.8 - 2 * t, 1.2), 0.2, 7)), 0.5, colour=_BROWN)
    return sheet


def _gear(sheet: Sheet, at: tuple[float, float], radius: float, teeth: int, turn: float, colour: tuple) -> None:
    corners = []
    for k in range(teeth):
        for off, r in ((-0.3, 0.85), (-0.2, 1.0), (0.2, 1.0), (0.3, 0.85)):
            angle = (k + off) / teeth * 2 * np.pi
            corners.append((np.cos(angle) * radius * r, np.sin(angle) * radius * r))
    sheet.filled(moved(polygon(*corners, each=2), at, turn), colour)
    sheet.filled(disc(at, radius * 0.25, count=14), _WHITE)
    for k in range(5):
        angle = np.radians(72 * k + 10)
        sheet.line(
            moved([(np.cos(angle) * radius * r, np.sin(angle) * radius * r) for r in (0.3, 0.5, 0.75)], at, turn), 0.5
        )
    # A mark on one spoke.
    sheet.area(moved(disc((radius * 0.6, 0), radius * 0.08, count=8), at, turn), _RED)


def machine(t: float) -> Sheet:
    sheet = Sheet()
    sheet.filled(polygon((6, 46), (58, 46), (58, 58), (6, 58)), _GREY)
    for k in range(13):
        sheet.filled(disc((8 + 4 * k, 48), 0.7, count=8), _YELLOW, 0.3)
        sheet.line([(8 + 4 * k, 50), (8 + 4 * k, 53), (8 + 4 * k, 57)], 0.3)
    sheet.layer = 1
    _gear(sheet, (18, 32), 9, 10, 14 * t, _YELLOW)
    _gear(sheet, (36, 30), 6.5, 8, -17 * t, _GREEN)
    _gear(sheet, (50, 33), 5, 7, 20 * t, _BLUE)
    for k in range(4):
        lift = 5 * np.sin(np.radians(60 * k + 70 * t))
        x = 10 + 14 * k
        sheet.filled(polygon((x - 3, 8 + lift), (x + 3, 8 + lift), (x + 3, 14 + lift), (x - 3, 14 + lift)), _GREY)
        sheet.line([(x, 14 + lift), (x, 18 + lift / 2), (x, 22)], 0.9)
        for m in range(3):
            sheet.line([(x - 3, 9.5 + lift + 1.6 * m), (x, 9.5 + lift + 1.6 * m), (x + 3, 9.5 + lift + 1.6 * m)], 0.3)
    sheet.layer = 2
    for k in range(5):
        drift = 10 * t + 3 * k
        size = 1.2 + 0.4 * k + 0.8 * t
        sheet.filled(disc((44 + 2 * k + 4 * t, 12 - drift * 0.3 - 1.5 * k), size, count=16), _WHITE, 0.4)
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
                        _YELLOW,
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
            _RED if k else _BLUE,
        )
        sheet.filled(moved(polygon((-1.8, -3.5), (-0.8, -5.4), (1, -5.4), (1, -3.5), each=3), at), _WHITE, 0.3)
        for x in (-4, 4):
            sheet.filled(disc(at + (x, 0), 1.9, count=16), (0.1, 0.1, 0.1))
            for spoke in range(3):
                sheet.line(moved([(-1.2, 0), (0, 0), (1.2, 0)], at + (x, 0), 60 * spoke + 25 * t), 0.25, colour=_WHITE)
    if t <= 0.5:
        sheet.line(bow((6, 10), (12, 11), 0.3, 9), 0.5)  # a bird that leaves
    if t > 0.5:
        sheet.filled(disc((54, 8), 3, count=18), _YELLOW)  # the sun comes out
    return sheet


def animal(t: float) -> Sheet:
    sheet = Sheet()
    for k in range(24):
        x = 2 + 2.6 * k - 5 * t
        sheet.line(bow((x, 60), (x + 1.5 + 0.5 * np.sin(k), 55 + (k * 5) % 3), 0.2, 7), 0.4, colour=_GREEN)
    sheet.layer = 1
    at = np.array([32 + 3 * t, 36])
    gaits = ((80, 25), (105, 5), (70, 30), (110, 10))
    swings = ((35, -15), (-30, 20), (-25, 20), (20, -25))
    for k, ((up, low), (du, dl)) in enumerate(zip(gaits, swings, strict=True)):
        root = at + ((-10, 3), (10, 3), (-8, 4), (12, 4))[k]
        joints = limb(root, (up + du * t, low + dl * t), (9, 8))
        _sleeve(sheet, joints[0], joints[1], 2.4, _BROWN if k < 2 else (0.45, 0.25, 0.1))
        _sleeve(sheet, joints[1], joints[2], 1.4, _BROWN if k < 2 else (0.45, 0.25, 0.1))
        sheet.filled(moved(polygon((-1, 0), (2.5, 0), (2, 2), (-1, 2), each=3), joints[2]), (0.1, 0.1, 0.1))
    body = lambda p: moved(p, at, -4 + 8 * t)  # noqa: E731
    sheet.filled(body(disc((0, 0), 15, 7, count=40)), (0.45, 0.25, 0.1))
    random = np.random.default_rng(5)
    for _ in range(18):
        x, y = random.uniform(-11, 11), random.uniform(-4, 4)
        sheet.area(
            body(disc((x, y), random.uniform(0.6, 1.6), random.uniform(0.5, 1.2), random.uniform(0, 180), 12)), _BROWN
        )
    sheet.layer = 2
    neck = body([(12, -3)])[0]
    head = limb(neck, (-55 + 25 * t,), (10,))[1]
    _sleeve(sheet, neck, head, 3.4, (0.45, 0.25, 0.1))
    face = lambda p: moved(p, head, 15 + 30 * t)  # noqa: E731
    sheet.filled(face(disc((2.5, 0), 5, 2.8)), (0.45, 0.25, 0.1))
    sheet.filled(face(disc((2, -1), 0.8, count=10)), _WHITE, 0.3)
    sheet.area(face(disc((2.2, -1), 0.4, count=8)), (0.02, 0.02, 0.02))
    sheet.line(face(bow((4.5, 1.2), (7, 0.8), -0.2, 7)), 0.4)
    for k in (-1, 1):
        sheet.filled(face(polygon((-1 + k, -2.4), (-0.6 + k, -5), (0.6 + k, -2.6), each=4)), _BROWN)
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

    sheet.filled(polygon((25, 48), (39, 48), (42, 64), (22, 64)), _SKIN)
    sheet.layer = 1
    sheet.filled(disc((32, 33 + 2 * t), 20, 23, 0, 48), _SKIN, 0.9)
    for side in (-1, 1):
        eye = np.array([8.0 * side, -3])
        sheet.filled(on(disc(eye, 4, 2.4, 0, 20)), _WHITE, 0.5)
        sheet.filled(on(disc(eye + (0.8 * t, 0), 1.7, count=16)), _BLUE, 0.3)
        sheet.area(on(disc(eye + (0.8 * t, 0), 0.8, count=12)), (0.02, 0.02, 0.02))
        sheet.line(on(bow(eye + (-4, -5 - t), eye + (4, -5.5 - t), -0.15, 10)), 1.1, colour=_BROWN)
        for k in range(6):
            root = eye + (-3 + 1.2 * k, -2.0 - 0.4 * np.sin(k * 0.6))
            sheet.line(on(np.array([root, root + (0.1 * (k - 3), -0.9), root + (0.25 * (k - 3), -1.6)])), 0.3)
        sheet.line(on(bow(eye + (-3, 4), eye + (3, 4), 0.15, 8)), 0.3)
        for k in range(7):
            sheet.area(on(disc((side * (8 + 1.3 * (k % 4)), 5 + 1.6 * (k // 4) + 0.3 * k), 0.4, count=8)), _BROWN)
    sheet.line(np.array([at(0, -2), at(0.5, 1, 21), at(1.5, 4, 23.5), at(0, 5, 22), at(-1.5, 5, 20)]), 0.6)
    wide = 5 + 1.5 * t
    sheet.filled(on(disc((0, 12), wide, 1.2 + 1.8 * t, 0, 22)), _RED, 0.5)
    sheet.filled(on(disc((0, 12), wide * 0.8, 0.4 + 1.2 * t, 0, 18)), (0.15, 0.02, 0.02), 0.3)
    for k in range(5):
        x = wide * (-0.5 + 0.25 * k)
        sheet.area(
            on(polygon((x - 0.4, 11.2 - 0.6 * t), (x + 0.4, 11.2 - 0.6 * t), (x + 0.4, 12), (x - 0.4, 12), each=2)),
            _WHITE,
        )
    sheet.layer = 2
    for k in range(46):
        angle = np.radians(175 + 190 * k / 45)
        root = np.array([32 + 19.5 * np.cos(angle) + 4 * np.sin(turn), 33 + 2 * t + 22.5 * np.sin(angle)])
        sheet.line(
            bow(root, root + moved((4.5 + (k % 4), 0), (0, 0), np.degrees(angle) + 25 - 40 * t), 0.2, 9),
            0.5,
            colour=_BROWN,
        )
    return sheet


def crowd(t: float) -> Sheet:
    sheet = Sheet()
    random = np.random.default_rng(9)
    sheet.area(polygon((0, 0), (64, 0), (64, 64), (0, 64)), (0.75, 0.8, 0.7))
    coats = [_RED, _BLUE, _GREEN, _YELLOW, _GREY]
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
        sheet.filled(place(disc((0, -5), 2.2, 2.5, 0, 16)), _SKIN, 0.5)
        for side in (-1, 1):
            sheet.area(place(disc((0.9 * side + 0.3 * np.sign(go), -5.2), 0.35, count=8)), (0.02, 0.02, 0.02))
        sheet.line(place(bow((-0.8, -3.8), (0.8, -3.8), -0.2, 6)), 0.3)
        hat = int(random.integers(3))
        if hat == 0:
            sheet.filled(place(polygon((-2.6, -6.8), (2.6, -6.8), (1.5, -9.5), (-1.5, -9.5), each=3)), coat, 0.4)
        else:
            for m in range(4):
                sheet.line(place(bow((-1.8 + m, -7), (-2.6 + 1.4 * m, -6 + hat), 0.3, 6)), 0.4, colour=_BROWN)
    return sheet


CHOOSING: dict[str, Callable[[float], Sheet]] = {"person": person, "machine": machine, "street": street}
"""Constants may be chosen by these,"""
JUDGING: dict[str, Callable[[float], Sheet]] = {"animal": animal, "face": face, "crowd": crowd}
"""and not by these."""
