"""The fox's head: ears, fur, tuft."""

from __future__ import annotations

import numpy as np

from examples.fox.figure import Figure
from examples.fox.sheet import Points, Sheet, along, curve, turned

__all__ = ["draw"]

# The rim of the right half of the head from the top of the skull down to the chin; the cheek has three tips of fur.
SKULL = [(0.0, 17.6), (9.0, 17.0), (16.8, 13.4), (21.6, 7.0), (23.4, 0.4)]
CHEEK = [(25.0, -3.6), (30.2, -6.2), (26.6, -7.6), (29.6, -11.6), (24.6, -11.2), (25.4, -15.2), (18.6, -14.6)]
CHIN = [(10.0, -17.4), (0.0, -18.6)]
RIM = np.array(SKULL + CHEEK + CHIN)
RIM_DEPTH = np.array([-3, -3, -3, -3, -3, -2, -2, -1, -1, 0, 0, 2, 7, 9], float)
CORNERS = (6, 7, 8, 9, 10)  # the tips of fur and what lies between them
# The pale half-mask: from the cheek over the eye's foot to the bridge of the nose.
MASK = [(25.0, -3.6), (19.6, 0.6), (14.6, 0.2), (11.0, -6.2), (6.0, -5.4), (2.6, -2.6), (0.0, -0.6)]
EAR = [(5.6, 15.2), (9.0, 25.0), (18.6, 35.6), (22.6, 23.4), (20.0, 9.6)]
# Locks of hair: points to the left, up, to the right; two fringes on the forehead. Then the numbers of the sharp ones.
TUFT = [(-8.2, 15.0), (-9.6, 18.6), (-12.6, 21.6), (-8.0, 21.6), (-4.4, 20.8), (-3.6, 26.0), (2.6, 31.0), (2.0, 26.4)]
TUFT += [(3.8, 22.2), (7.6, 24.2), (13.0, 22.6), (10.4, 19.6), (9.0, 15.2), (7.4, 12.0), (3.4, 10.2), (2.4, 12.6)]
TUFT += [(0.4, 13.8), (-1.8, 11.2), (-6.4, 9.0), (-7.2, 12.0)]
TUFT_TIPS = (2, 4, 6, 8, 10, 12, 14, 16, 18)
INSIDE = [(9.6, 15.6), (12.2, 24.0), (18.0, 30.6), (20.6, 22.4), (19.2, 10.4)]


def draw(sheet: Sheet, figure: Figure) -> None:
    """The head without its face."""
    for side, name in ((-1, "left"), (1, "right")):
        _ear(sheet, figure, side, name)
    right = curve(RIM, CORNERS)
    depth = curve(np.stack([RIM_DEPTH, RIM_DEPTH], axis=1), CORNERS)[:, 0]
    whole = np.concatenate([right, (right * [-1, 1])[-2:0:-1]])
    rim = figure.outline(whole, np.concatenate([depth, depth[-2:0:-1]]))
    sheet.area("head", rim, "Fur")
    _mask(sheet, figure, right, depth)
    _shade(sheet, figure, right, depth)
    for side, name in ((-1, "left"), (1, "right")):
        edge = figure.outline(right * [side, 1], depth)
        sheet.line(f"{name} skull", edge[4:31], 0.42, taper=(0.3, 0.5))
        for tip in range(3):
            start = 30 + 12 * tip
            sheet.line(f"{name} cheek {tip}", edge[start : start + 13], 0.42, taper=(0.5, 0.35))
        sheet.line(f"{name} jaw", edge[66:], 0.40, taper=(0.45, 0.35))
        for number, (x, y) in enumerate(((25.0, -6.4), (24.2, -10.0), (20.6, -12.6))):
            mark = curve([(side * (x - 2.6), y + 0.8), (side * (x - 1.0), y + 0.1), (side * x, y - 1.0)])
            sheet.line(f"{name} cheek fur {number}", figure.face(mark), 0.24, "Fur line", taper=(0.8, 0.1))
    _tuft(sheet, figure)


def _mask(sheet: Sheet, figure: Figure, right: Points, depth: Points) -> None:
    """The pale fur of cheeks and muzzle; below it ends with the head."""
    top = curve(MASK, (2,))
    low = right[30:]
    halves = []
    for side in (1, -1):
        upper = figure.face(top * [side, 1])
        lower = figure.outline(low * [side, 1], depth[30:])
        # Where both meet at the cheek the rim counts.
        ease = np.clip(np.linspace(1, -2, len(upper)), 0, 1)[:, None]
        halves.append((ease * (lower[:1] + (upper - upper[:1])) + (1 - ease) * upper, lower))
    (upper, lower), (left_upper, left_lower) = halves
    whole = [lower, left_lower[-2:0:-1], left_upper, upper[-2:0:-1]]
    sheet.area("mask", np.concatenate(whole), "Cream")


def _shade(sheet: Sheet, figure: Figure, right: Points, depth: Points) -> None:
    """Shadow along the lower right rim, and of the tuft on the forehead."""
    outer = figure.outline(right[22:], depth[22:])
    inner = curve([right[22], (20.6, -1.0), (19.4, -7.4), (13.6, -13.4), (6.0, -16.6), right[-1]])
    inside = figure.outline(inner, np.linspace(0, 9, len(inner)))
    sheet.area("head shade", np.concatenate([outer, inside[::-1]]), "Shade")
    under = curve(
        [(-8.0, 16.4), (-6.0, 10.2), (-3.4, 12.4), (-0.6, 8.0), (2.0, 12.0), (5.4, 10.4), (8.0, 16.4)], (1, 2, 3, 4, 5)
    )
    sheet.area("tuft shade", figure.face(under), "Shade")


def _ear(sheet: Sheet, figure: Figure, side: int, name: str) -> None:
    pose = figure.pose

    def place(points: Points) -> Points:
        """The ear turns back and down around its root."""
        root = np.array([13.0, 12.0])
        back = turned((points - root) * [1 + 0.05 * pose.ears, 1 - 0.16 * pose.ears], -0.42 * pose.ears) + root
        high = np.clip((points[:, 1] - 10) / 24, 0, 1)
        # Seen from the side an ear is narrower.
        squeeze = 1 - 0.22 * np.sin(max(0.0, side * pose.turn)) * high
        middle = 14.0 + 2.0 * high
        narrow = np.stack([middle + (back[:, 0] - middle) * squeeze, back[:, 1]], axis=1)
        return figure.outline(narrow * [side, 1], -3.0 - 4.0 * high)

    whole = curve(EAR, (2,))
    outer = place(whole)
    sheet.area(f"{name} ear", outer, "Fur")
    rag = curve(
        [(22.4, 27.6), (19.6, 29.0), (18.4, 26.6), (16.0, 29.0), (14.0, 27.0), (13.0, 29.4), (10.6, 28.0)],
        (1, 2, 3, 4, 5),
        fine=3,
    )
    sheet.area(
        f"{name} ear tip",
        np.concatenate([place(along(whole, np.linspace(0.275, 0.69, 22))), place(rag)[1:-1]]),
        "Dark fur",
    )
    sheet.area(f"{name} ear inside", place(curve(INSIDE, (2,))), "Blush")
    fluff = [(9.4, 13.4), (11.0, 21.6), (13.0, 18.0), (15.0, 24.6), (16.2, 18.0), (19.0, 20.6), (18.8, 11.0)]
    sheet.area(f"{name} ear fluff", place(curve(fluff, (1, 2, 3, 4, 5), fine=4)), "Cream")
    sheet.line(f"{name} ear front", outer[: 2 * 6 + 1], 0.42, taper=(0.3, 0.4))
    sheet.line(f"{name} ear back", outer[2 * 6 :], 0.42, taper=(0.4, 0.4))
    sheet.line(f"{name} ear rim", place(curve(INSIDE, (2,)))[: 2 * 6 + 1], 0.22, taper=(0.1, 0.5))
    for number, (foot, top) in enumerate(
        (((11.6, 14.6), (11.6, 19.6)), ((14.2, 14.0), (14.8, 21.6)), ((16.6, 13.0), (17.8, 18.4)))
    ):
        hair = curve([foot, (0.6 * foot[0] + 0.4 * top[0] - 0.5, (foot[1] + top[1]) / 2), top])
        sheet.line(f"{name} ear hair {number}", place(hair), 0.22, "Fur line", taper=(0.7, 0.1))


def _tuft(sheet: Sheet, figure: Figure) -> None:
    """Five locks of hair on the forehead, that swing."""
    swing = figure.pose.hair

    def place(points: Points) -> Points:
        high = np.clip((points[:, 1] - 13) / 16, 0, 1.2)
        return figure.outline(
            points + np.stack([swing * 6 * high**1.3, -abs(swing) * 1.6 * high], axis=1), 4 - 5 * high
        )

    rim = place(curve([*TUFT, TUFT[0]], TUFT_TIPS))
    sheet.area("tuft", rim[:-1], "Fur")
    light = curve([(-2.6, 18.0), (-2.2, 24.4), (1.6, 28.6), (0.4, 23.6), (1.0, 17.0), (-0.6, 14.4)], (2,), closed=True)
    sheet.area("tuft light", place(light), "Light fur")
    for number, (start, stop) in enumerate(((0, 2), (2, 4), (4, 6), (6, 8), (8, 10), (10, 12))):
        sheet.line(f"tuft {number}", rim[6 * start : 6 * stop + 1], 0.38, taper=(0.4, 0.4))
    for number, (start, stop) in enumerate(((12, 14), (14, 16), (16, 18), (18, 20))):
        sheet.line(
            f"fringe {number}", rim[6 * start : 6 * stop + 1], 0.30, taper=(0.3, 0.5) if number % 2 else (0.5, 0.3)
        )
    strands = [[(-5.4, 14.6), (-6.8, 18.2), (-9.4, 20.4)], [(-3.4, 13.6), (-4.0, 18.0), (-3.2, 22.4)]]
    strands += [[(2.2, 14.0), (1.4, 19.6), (1.8, 24.6)], [(4.0, 14.4), (4.6, 18.6), (7.4, 21.8)]]
    strands += [[(6.2, 13.6), (7.2, 17.4), (9.8, 20.4)], [(-0.2, 13.0), (-1.4, 17.0), (-0.6, 21.0)]]
    for number, strand in enumerate(strands):
        sheet.line(f"strand {number}", place(curve(strand)), 0.22, "Fur line", taper=(0.6, 0.1))
