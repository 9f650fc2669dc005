"""The fox's face: eyes that blink, brows, muzzle, freckles, whiskers."""

from __future__ import annotations

import numpy as np

from examples.fox.figure import Figure
from examples.fox.sheet import Points, Sheet, blob, curve

__all__ = ["draw"]

EYE = np.array([9.8, 1.0])  # of the right one
EYE_SIZE = (5.0, 6.3)


def draw(sheet: Sheet, figure: Figure) -> None:
    for side, name in ((-1, "left"), (1, "right")):
        sheet.area(f"{name} blush", figure.face(blob((side * 17.2, -6.4), (4.0, 2.3))), "Blush")
        _eye(sheet, figure, side, name)
    _muzzle(sheet, figure)
    for side, name in ((-1, "left"), (1, "right")):
        for number, (x, y) in enumerate(((13.6, -5.6), (15.8, -7.4), (12.6, -8.0), (18.0, -5.4))):
            dot = np.array([(side * x - 0.25, y), (side * x, y + 0.05), (side * x + 0.25, y)])
            sheet.line(f"{name} freckle {number}", figure.face(dot), 0.27, "Fur line", taper=(0.8, 0.8))
        for number, (start, end) in enumerate(
            (((11.0, -10.4), (24.6, -8.0)), ((10.8, -11.8), (23.4, -12.4)), ((10.0, -13.0), (20.4, -16.6)))
        ):
            bend = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2 + 1.1)
            whisker = curve([start, bend, end]) * [side, 1]
            sheet.line(
                f"{name} whisker {number}",
                figure.face(whisker, np.linspace(17, 12, len(whisker))),
                0.20,
                taper=(0.9, 0.1),
            )


def _lids(blink: float) -> tuple[Points, Points]:
    """Upper and lower lid of an eye around its middle, inner corner first; shut, they meet in one happy arc."""
    x = np.linspace(-1, 1, 19)
    round_ = np.sqrt(np.clip(1 - x**2, 0, 1))
    width, height = EYE_SIZE
    upper, lower = height * round_**0.9, -height * 0.92 * round_**0.9
    shut = 2.3 * (1 - x**2) - 1.6
    upper, lower = (edge + (shut - edge) * blink for edge in (upper, lower))
    wide = width * (1 + 0.12 * blink) * x
    return np.stack([wide, upper], axis=1), np.stack([wide, lower], axis=1)


def _eye(sheet: Sheet, figure: Figure, side: int, name: str) -> None:
    pose = figure.pose
    upper, lower = _lids(float(np.clip(pose.blink, 0, 0.97)))

    def place(points: Points) -> Points:
        """From the eye's middle onto the face; `side` mirrors, so the inner corner comes first."""
        return figure.face(points * [side, 1] + EYE * [side, 1])

    def within(points: Points) -> Points:
        """What the lids leave of an outline."""
        low, high = (np.interp(points[:, 0], edge[:, 0], edge[:, 1]) for edge in (lower, upper))
        x = np.clip(points[:, 0], upper[0, 0], upper[-1, 0])
        return np.stack([x, np.clip(points[:, 1], low, high)], axis=1)

    pupil = np.array([side * (1.5 * pose.look), 0.2 + 1.3 * pose.up])
    sheet.area(f"{name} eye", place(np.concatenate([upper, lower[-2:0:-1]])), "White")
    sheet.area(f"{name} iris", place(within(blob(pupil + [-0.2, 0], (3.7, 4.9), count=32))), "Amber")
    sheet.area(f"{name} pupil", place(within(blob(pupil + [-0.2, 0.3], (2.4, 3.5), count=28))), "Ink")
    glow = within(blob(pupil + [-0.2, -3.1], (2.3, 1.3), count=20))
    sheet.area(f"{name} glow", place(glow), "Light fur")
    # The light comes from the upper left, in both eyes.
    for size, (dx, dy), radii in (("big", (-1.5, 2.4), (1.35, 1.6)), ("small", (1.6, -1.9), (0.65, 0.75))):
        light = within(blob(pupil + [side * dx, dy], radii, count=16))
        sheet.area(f"{name} {size} light", place(light), "White")
    flick = upper[-1] + [[0.0, 0.0], [1.1, 0.2], [2.3, 1.3]]
    sheet.line(f"{name} upper lid", place(np.concatenate([upper, curve(flick)[1:]])), 0.62, taper=(0.3, 0.1))
    sheet.line(f"{name} lower lid", place(lower[2:-2]), 0.22, taper=(0.2, 0.5))
    lash = [upper[-3] + [0.2, 0.2], upper[-3] + [1.6, 1.2], upper[-3] + [2.5, 2.7]]
    sheet.line(f"{name} lash", place(curve(lash)), 0.34, taper=(0.9, 0.1))
    fold = curve([(-2.6, upper[5, 1] + 2.1), (0.2, upper[9, 1] + 1.9), (3.6, upper[15, 1] + 2.3)])
    sheet.line(f"{name} lid fold", place(fold), 0.20, "Fur line", taper=(0.1, 0.2))
    high = 9.2 + 2.2 * pose.brows
    brow = curve([(-3.9, high - 0.4), (-0.3, high + 1.3), (3.2, high + 0.2)])
    sheet.line(f"{name} brow", place(brow), 0.46, "Dark fur", taper=(0.6, 0.2))


def _muzzle(sheet: Sheet, figure: Figure) -> None:
    opened = float(np.clip(figure.pose.mouth, 0.03, 1))
    wide = 4.4 + 1.2 * opened
    top = curve([(-wide, -9.4), (-wide * 0.55, -10.9), (0.0, -9.7), (wide * 0.55, -10.9), (wide, -9.4)], (2,))
    deep = curve(
        [
            (wide, -9.4),
            (wide * 0.72, -10.6 - 3.6 * opened),
            (0.0, -10.8 - 5.2 * opened),
            (-wide * 0.72, -10.6 - 3.6 * opened),
            (-wide, -9.4),
        ]
    )
    mouth = np.concatenate([top, deep[1:-1]])
    tongue = blob((0.3, -10.9 - 4.0 * opened), (2.9, 0.2 + 2.2 * opened), count=24)
    low = np.interp(tongue[:, 0], deep[::-1, 0], deep[::-1, 1])
    high = np.interp(tongue[:, 0], top[:, 0], top[:, 1])
    tongue[:, 1] = np.clip(tongue[:, 1], np.minimum(low + 0.1, high), high)
    depth = np.full(1, 22.0)
    sheet.area("mouth", figure.face(mouth, np.repeat(depth, len(mouth))), "Dark fur")
    sheet.area("tongue", figure.face(tongue, np.repeat(depth, len(tongue))), "Pink")
    middle = len(top) // 2
    sheet.line("mouth left", figure.face(top[: middle + 1], np.repeat(depth, middle + 1)), 0.34, taper=(0.3, 0.5))
    sheet.line("mouth right", figure.face(top[middle:], np.repeat(depth, middle + 1)), 0.34, taper=(0.5, 0.3))
    sheet.line("mouth low", figure.face(deep, np.repeat(depth, len(deep))), 0.30, taper=(0.1, 0.1))
    for side, name in ((-1, "left"), (1, "right")):
        dimple = curve([(side * (wide + 0.2), -8.6), (side * (wide + 0.9), -9.3), (side * (wide + 0.5), -10.3)])
        sheet.line(f"{name} dimple", figure.face(dimple, np.full(len(dimple), 21.5)), 0.24, taper=(0.2, 0.2))
    lip = curve([(0.0, -7.4), (0.05, -8.6), (0.0, -9.7)])
    sheet.line("lip", figure.face(lip, np.full(len(lip), 23.5)), 0.28, taper=(0.9, 0.5))
    nose = curve(
        [(0.0, -3.7), (2.6, -4.0), (3.1, -5.2), (1.4, -7.2), (0.0, -7.8), (-1.4, -7.2), (-3.1, -5.2), (-2.6, -4.0)],
        closed=True,
    )
    sheet.area("nose", figure.face(nose, np.full(len(nose), 25.5)), "Ink")
    sheet.area("nose light", figure.face(blob((-0.8, -4.7), (1.0, 0.5), 0.1, 14), np.full(14, 26.0)), "White")
    sheet.line(
        "chin",
        figure.face(curve([(-1.8, -16.6), (0.0, -17.1), (1.8, -16.6)]), np.full(13, 17.0)),
        0.2,
        "Fur line",
        taper=(0.2, 0.2),
    )
    bridge = curve([(-1.6, -0.2), (-0.4, 0.5), (1.0, 0.2)])
    sheet.line("bridge", figure.face(bridge), 0.2, "Fur line", taper=(0.2, 0.1))
