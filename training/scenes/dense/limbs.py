"""A hand whose fingers close, and a stout dancer whose body turns."""

from __future__ import annotations

import numpy as np

from training.scenes.dense.colours import BLUE, BROWN, DARK, GREY, RED, SKIN, WHITE, YELLOW
from training.scenes.dense.people import sleeve
from training.scenes.dense.shapes import Floats, Sheet, bow, disc, limb, moved, polygon, tube

__all__ = ["dancer", "hand"]


def _finger(sheet: Sheet, joints: list[Floats], wide: float) -> None:
    """An outline, a nail, and two creases at every knuckle."""
    widths = np.linspace(wide, wide * 0.72, len(joints))
    sheet.filled(tube(joints, list(widths)), SKIN, 0.7)
    for k in range(1, len(joints) - 1):
        along = joints[k + 1] - joints[k - 1]
        along = along / np.hypot(*along)
        side = np.array([-along[1], along[0]]) * wide * 0.7
        for off in (-0.35, 0.35):
            middle = joints[k] + along * off
            sheet.line(bow(middle - side, middle + side * 0.6, 0.15, 6), 0.35)
    along = joints[-1] - joints[-2]
    turn = np.degrees(np.arctan2(along[1], along[0]))
    sheet.filled(moved(disc((-0.3, 0), 1.2, 0.8, 0, 12), joints[-1], turn), (0.9, 0.7, 0.62), 0.3)


def hand(t: float) -> Sheet:
    """A hand in a cuff: fingers bend one after the other, a ring on one of them, hairs on the wrist."""
    sheet = Sheet()
    turn = -4 + 10 * t
    palm = lambda p: moved(p, (31 + 2 * t, 40), turn)  # noqa: E731
    sheet.filled(palm(polygon((-8, 10), (8, 10), (9, 26), (-9, 26), each=4)), BLUE)
    sheet.filled(palm(polygon((-9, 9), (9, 9), (9, 13), (-9, 13), each=4)), WHITE)
    for k in range(6):
        sheet.filled(palm(disc((-7 + 2.8 * k, 11), 0.7, count=9)), GREY, 0.25)
        sheet.line(palm(bow((-6.5 + 2.6 * k, 14.5), (-7 + 2.8 * k, 22), 0.06, 8)), 0.35)
    sheet.layer = 1
    for k, (x, wide, long) in enumerate(((-6.2, 1.9, 6.4), (-2.2, 2.1, 7.6), (2.0, 2.1, 7.2), (6.0, 1.8, 5.8))):
        bend = (10 + 34 * np.clip(1.6 * t - 0.2 * k, 0, 1)) * (1 if k < 3 else 0.8)
        joints = limb(
            palm([(x, -6)])[0],
            (-90 + turn + 5 * (k - 1.5), bend * 0.5, bend, bend * 0.6),
            (1.2 * long, 0.62 * long, 0.45 * long, 0.3 * long),
        )
        _finger(sheet, joints, wide)
        if k == 2:
            middle = joints[0] + 0.55 * (joints[1] - joints[0])
            angle = -90 + turn + 5 * (k - 1.5) + 90
            sheet.area(
                moved(disc((0, 0), 2.5, 1.0, 0, 20), middle, angle),
                YELLOW,
                moved(disc((0, 0.1), 1.8, 0.5, 0, 14), middle, angle),
            )
    outline = [(-8.4, 9), (-8.2, -2), (-7.8, -7), (-2, -8.4), (3, -8.2), (7.6, -6), (8.2, 1), (7.6, 9), (0, 10)]
    sheet.filled(palm(outline), SKIN, 0.9)
    thumb = limb(palm([(7.4, 4)])[0], (-35 + turn - 20 * t, -20 - 25 * t, -15 - 20 * t), (6.5, 4.6, 2.2))
    _finger(sheet, thumb, 2.4)
    sheet.layer = 2
    for p, q, bulge in (
        ((-6, -3), (4, 0), 0.2),
        ((-5, 1), (6, -4.5), -0.12),
        ((5, -3), (1, 8), 0.25),
        ((-6, 5), (-2, 8.5), 0.2),
    ):
        sheet.line(palm(bow(p, q, bulge * (1 + 0.5 * t), 12)), 0.5)
    random = np.random.default_rng(8)
    for _ in range(22):
        root = np.array([random.uniform(-6.5, 5), random.uniform(2, 8.5)])
        sheet.line(palm(bow(root, root + (0.5 + 0.4 * random.random(), 1.2), 0.2, 5)), 0.25, colour=BROWN)
    for _ in range(12):
        sheet.area(palm(disc((random.uniform(-6, 5), random.uniform(-5, 7)), 0.35, count=7)), (0.6, 0.35, 0.25))
    return sheet


def dancer(t: float) -> Sheet:
    """Stout, in a wide skirt: the body is a barrel that turns, with what is on it coming round and going."""
    sheet = Sheet()
    turn = -0.7 + 1.2 * t
    hip = np.array([31 + 3 * t, 40.0])
    for side, (up, low) in enumerate(((62 + 22 * t, 30 - 22 * t), (112 - 14 * t, -4 + 10 * t))):
        joints = limb(hip + (2.6 - 5.2 * side, 6), (up, low), (7.5, 7.5))
        sleeve(sheet, joints[0], joints[1], 2.2, SKIN)
        sleeve(sheet, joints[1], joints[2], 1.7, SKIN)
        sheet.filled(moved(polygon((-1, -1), (2.8, -0.4), (2.8, 1.2), (-1, 1.2), each=3), joints[2], 20 * t), DARK)
    sheet.layer = 1
    wide = lambda h: np.interp(h, [0, 0.4, 1.0], [7.2, 6.4, 7.8])  # noqa: E731

    def on(angle: float, h: float) -> tuple[Floats, bool]:
        """A place on the barrel: by its angle, radians, and its height, 0 to 1; and whether it is seen."""
        return hip + (wide(h) * np.sin(angle + turn), -15 * h + 0.8 * np.cos(angle + turn)), bool(
            np.cos(angle + turn) > 0.05
        )

    hem = [
        hip + ((10 + 1.2 * np.sin(5 * a + 2 * t)) * np.cos(a), 9 + 2.0 * np.sin(a)) for a in np.linspace(0, np.pi, 13)
    ]
    sheet.filled(np.array([hip + (7.2, 0), *hem, hip + (-7.2, 0)]), RED)
    for k in range(20):
        angle = 2 * np.pi * k / 20
        top, seen = on(angle, 0.0)
        low = hip + (11 * np.sin(angle + turn), 9 + 2.2 * np.cos(angle + turn))
        sheet.line(bow(top, low, 0.08, 9), 0.4, shown=seen)
    rim = [
        hip + (s * wide(h), -15 * h) for s, hs in ((-1, np.linspace(0, 1, 8)), (1, np.linspace(1, 0, 8))) for h in hs
    ]
    sheet.filled(np.array(rim), WHITE)
    for row in range(5):
        for column in range(12):
            place, seen = on(2 * np.pi * column / 12 + 0.2 * row, 0.1 + 0.19 * row)
            angle = 2 * np.pi * column / 12 + 0.2 * row + turn
            sheet.area(
                disc(place, 0.75 * max(np.cos(angle), 0.1), 0.75, count=10), (BLUE, YELLOW, RED)[column % 3], shown=seen
            )
    for column in range(2):
        strap = [on(-0.35 + 0.7 * column, h)[0] for h in np.linspace(0, 1, 8)]
        sheet.line(np.array(strap), 1.2, colour=BROWN, shown=on(-0.35 + 0.7 * column, 0.5)[1])
    sheet.layer = 2
    shoulder = hip + (0, -14.5)
    for side, (up, low) in enumerate(((-20 - 45 * t, -40 + 20 * t), (-150 + 60 * t, 35 - 50 * t))):
        root = shoulder + (6.8 * np.cos(turn) * (1 - 2 * side), 0.6)
        joints = limb(root, (up, low), (6.2, 5.6))
        sleeve(sheet, joints[0], joints[1], 1.9, WHITE)
        sleeve(sheet, joints[1], joints[2], 1.4, SKIN)
        for k in range(3):
            sheet.line(moved([(0.4, -0.8 + 0.8 * k), (1.4, -1.0 + k), (2.3, -1.1 + 1.1 * k)], joints[2], up + low), 0.5)
        for k in range(3):
            sheet.line(moved(disc((-0.6 - 0.9 * k, 0), 0.3, 1.3, 0, 10), joints[2], up + low), 0.35, True, YELLOW)
    head = lambda p: moved(p, shoulder + (0.8 * t, -5.2), -6 + 16 * t, (1, 1))  # noqa: E731
    sheet.filled(head(disc((0, 0), 4.2, 4.6, 0, 26)), SKIN)
    look = 2.2 * np.sin(turn + 0.2)
    for x in (-1.6, 1.6):
        sheet.area(head(disc((x + look, -0.4), 0.5, 0.7, 0, 10)), DARK)
        sheet.line(head(bow((x - 0.8 + look, -1.7), (x + 0.8 + look, -1.7), -0.25, 7)), 0.45)
    sheet.line(head(bow((-1.2 + look, 1.8), (1.2 + look, 1.8), -0.3, 8)), 0.5)
    sheet.filled(head(disc((0, -4.2), 3.0, 2.2, 0, 18)), BROWN)
    for k in range(7):
        sheet.line(head(bow((-2.4 + 0.8 * k, -5.4), (-2.0 + 0.7 * k, -3.2), 0.15, 6)), 0.3, colour=(0.1, 0.05, 0.02))
    return sheet
