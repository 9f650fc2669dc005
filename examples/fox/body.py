"""The fox's jumper, shorts, scarf and shoulder bag."""

from __future__ import annotations

import numpy as np

from examples.fox.figure import Figure
from examples.fox.sheet import Points, Sheet, along, blob, curve, even, ring, tube, turned

__all__ = ["bag", "jumper", "scarf", "shorts"]


def jumper(sheet: Sheet, figure: Figure) -> None:
    """The body of the jumper: stripes, ribs at the hem, a row of buttons, folds."""
    up = np.linspace(-0.10, 1.0, 25)
    left, right = figure.torso(-1.0, up), figure.torso(1.0, up)
    across = np.linspace(-1, 1, 17)
    hem = figure.torso(across, -0.10)
    sheet.area("jumper", np.concatenate([left[::-1], hem[1:-1], right]), "Jumper")
    for number, (low, high) in enumerate(((0.14, 0.25), (0.38, 0.48), (0.60, 0.69), (0.80, 0.88))):
        band = np.concatenate([figure.torso(across, low), figure.torso(across[::-1], high)])
        sheet.area(f"stripe {number}", band, "Cream")
    shade = ring(figure.torso(1.0, up[:20]), figure.torso(0.62 - 0.10 * np.sin(np.linspace(0, np.pi, 20)), up[:20]))
    sheet.area("jumper shade", shade, "Shade")
    sheet.area("neck shade", np.concatenate([figure.torso(across, 1.0), figure.torso(across[::-1], 0.74)]), "Shade")
    sheet.line("jumper left", left, 0.40, taper=(0.5, 0.4))
    sheet.line("jumper right", right, 0.42, taper=(0.5, 0.4))
    sheet.line("jumper hem", hem, 0.38, taper=(0.5, 0.5))
    sheet.line("jumper ribs", figure.torso(across, 0.015), 0.22, taper=(0.4, 0.3))
    for number, x in enumerate(np.linspace(-0.86, 0.86, 9)):
        sheet.line(f"rib {number}", figure.torso(x * np.array([1, 1.0, 1.0]), np.array([-0.085, -0.04, 0.0])), 0.18)
    sheet.line("placket", figure.torso(np.full(9, -0.17), np.linspace(0.98, 0.30, 9)), 0.2, taper=(0.3, 0.4))
    sheet.line("placket end", figure.torso(np.linspace(-0.17, 0.17, 5), np.full(5, 0.30)), 0.2, taper=(0.4, 0.4))
    for number, height in enumerate((0.36, 0.54, 0.72)):
        centre = figure.torso(0.0, height)
        sheet.area(f"button {number}", blob(centre, (1.35, 1.3), count=16), "Brass")
        sheet.line(f"button {number} rim", blob(centre, (1.35, 1.3), count=16), 0.17, closed=True)
        sheet.line(f"button {number} thread", centre + [[-0.4, 0.1], [0.0, 0.0], [0.4, -0.1]], 0.16)
    folds = [[(-0.93, 0.60), (-0.72, 0.55), (-0.60, 0.46)], [(-0.95, 0.30), (-0.78, 0.24), (-0.56, 0.23)]]
    folds += [[(0.95, 0.42), (0.76, 0.36), (0.66, 0.26)], [(0.93, 0.64), (0.76, 0.62), (0.62, 0.54)]]
    for number, fold in enumerate(folds):
        path = curve(fold)
        sheet.line(f"jumper fold {number}", figure.torso(path[:, 0], path[:, 1]), 0.24, taper=(0.7, 0.05))


def shorts(sheet: Sheet, figure: Figure, legs: dict[str, Points]) -> None:
    """Shorts around the legs (a spine each, from the hip to the ankle)."""
    hems, sides = {}, {}
    for side, name in ((-1, "left"), (1, "right")):
        spine = legs[name]
        at = along(spine, [0.42, 0.52])
        ahead = at[1] - at[0]
        out = np.array([-ahead[1], ahead[0]]) / np.hypot(*ahead) * 6.2
        hems[name] = (at[0] + out, at[0] - out)  # right of it in the picture first
        sides[name] = side
    hip = figure.hip
    (left_in, left_out), (right_out, right_in) = hems["left"], hems["right"]
    crotch = hip + [0.1, -7.6]
    waist = figure.torso(np.linspace(-1, 1, 9), 0.05)
    rim_left = curve([waist[0], (waist[0] + left_out) / 2 + [-0.9, 0.0], left_out])
    rim_right = curve([waist[-1], (waist[-1] + right_out) / 2 + [0.9, 0.0], right_out])
    hem_left = curve([left_out, (left_out + left_in) / 2 + [0.0, -1.3], left_in])
    hem_right = curve([right_in, (right_in + right_out) / 2 + [0.0, -1.3], right_out])
    inside = curve([left_in, crotch, right_in], (1,))
    whole = np.concatenate([rim_left, hem_left[1:], inside[1:], hem_right[1:], rim_right[-2::-1], waist[-2:0:-1]])
    sheet.area("shorts", whole, "Shorts")
    shade = curve(
        [
            crotch + [0, 1.0],
            right_in,
            (right_in + right_out) / 2 + [-1.6, -1.2],
            crotch + [6.4, 3.0],
            crotch + [4.0, 4.4],
        ],
        (0, 1, 2),
        closed=True,
    )
    sheet.area("shorts shade", shade, "Shade")
    for name, hem in (("left", hem_left), ("right", hem_right)):
        lift = np.array([0.0, 2.0])
        sheet.area(f"{name} turn-up", ring(hem, hem + lift), "Light shorts")
        sheet.line(f"{name} turn-up", hem + lift, 0.22, taper=(0.4, 0.4))
        sheet.line(f"{name} shorts hem", hem, 0.36, taper=(0.4, 0.4))
    sheet.line("shorts left", rim_left, 0.40, taper=(0.4, 0.4))
    sheet.line("shorts right", rim_right, 0.40, taper=(0.4, 0.4))
    sheet.line("shorts inside left", inside[: len(inside) // 2 + 1], 0.34, taper=(0.4, 0.6))
    sheet.line("shorts inside right", inside[len(inside) // 2 :], 0.34, taper=(0.6, 0.4))
    sheet.line("fly", curve([hip + [0.2, -1.8], hip + [0.6, -4.6], crotch]), 0.22, taper=(0.4, 0.5))
    for number, (x, slope) in enumerate(((-1.6, -0.4), (1.8, 0.4))):
        crease = curve([crotch + [x, 0.6], crotch + [2.4 * x, 1.4], crotch + [3.6 * x, 2.6 + slope]])
        sheet.line(f"crease {number}", crease, 0.22, taper=(0.7, 0.1))
    pocket = curve([waist[1] + [1.0, -3.0], waist[1] + [0.6, -5.2], waist[0] + [0.4, -6.4]])
    sheet.line("pocket", pocket, 0.24, taper=(0.3, 0.5))


def bag(sheet: Sheet, figure: Figure) -> None:
    """A bag on the right hip, its strap over the left shoulder."""
    swing = figure.pose.bag
    strap = figure.torso(
        np.linspace(-0.62, 0.86, 19), np.linspace(0.98, 0.20, 19) - 0.05 * np.sin(np.linspace(0, np.pi, 19))
    )
    sides = tube(strap, np.full(19, 1.25))
    sheet.area("strap", ring(*sides), "Leather")
    sheet.line("strap upper", sides[0], 0.26, taper=(0.5, 0.5))
    sheet.line("strap lower", sides[1], 0.26, taper=(0.5, 0.5))
    for number in range(4):
        stitch = along(strap, np.linspace(0.22 + 0.17 * number, 0.30 + 0.17 * number, 4))
        sheet.line(f"strap stitch {number}", stitch, 0.15, "Light leather", taper=(0.8, 0.8))
    hook = figure.torso(0.94, 0.14)

    def place(points: Points) -> Points:
        """The bag hangs from its hook and swings."""
        return hook + turned(points, swing + 0.10)

    body = place(
        curve(
            [(-6.2, 0.6), (6.6, 0.6), (7.6, -9.6), (6.2, -12.4), (0.2, -13.2), (-5.8, -12.4), (-7.2, -9.6)],
            (0, 1),
            closed=True,
        )
    )
    flap_low = curve([(6.9, -1.8), (6.4, -6.2), (0.2, -8.4), (-6.0, -6.2), (-6.5, -1.8)])
    flap = np.concatenate([[(-6.4, 1.1), (0.1, 1.5), (6.8, 1.1)], flap_low])
    sheet.area("bag", body, "Canvas")
    sheet.line("bag rim", np.concatenate([body[6:], body[:1]]), 0.40, taper=(0.5, 0.5))
    sheet.area("bag shade", place(ring(flap_low, flap_low * [1.04, 1.0] + [0.2, -1.7])), "Shade")
    sheet.area("flap", place(flap), "Light leather")
    sheet.line("flap rim", place(flap_low), 0.34, taper=(0.4, 0.4))
    sheet.line(
        "flap top",
        place(even([(-6.5, -1.8), (-6.4, 1.1), (0.1, 1.5), (6.8, 1.1), (6.9, -1.8)], 21)),
        0.36,
        taper=(0.4, 0.4),
    )
    seam = flap_low * [0.84, 0.86] + [0.0, 0.2]
    for number in range(6):
        at = 0.09 + 0.145 * number
        sheet.line(
            f"bag stitch {number}", place(along(seam, np.linspace(at, at + 0.08, 4))), 0.16, "Brass", taper=(0.8, 0.8)
        )
    clasp = curve([(-1.6, -6.4), (1.9, -6.4), (1.8, -9.4), (0.2, -10.6), (-1.5, -9.4)], (0, 1), closed=True)
    sheet.area("clasp", place(clasp), "Brass")
    sheet.line("clasp rim", place(clasp), 0.2, closed=True)
    sheet.line("clasp light", place(np.array([(-0.7, -7.3), (-0.7, -8.2), (-0.6, -9.0)])), 0.17, "White")


def scarf(sheet: Sheet, figure: Figure) -> None:
    """A scarf round the neck; its two ends hang from a knot on the left and swing."""
    pose = figure.pose
    angle = pose.lean + 0.3 * pose.tilt
    knot = figure.neck + turned([-5.0, -1.4], angle)
    for number, (lean, length, name) in enumerate(((-0.30, 15.0, "short end"), (0.02, 19.0, "long end"))):
        s = np.linspace(0, 1, 19)
        bend = lean + pose.scarf * (0.35 + 0.75 * s) * (1.0 - 0.25 * number) + 0.16 * np.sin(2.6 * s + number)
        step = length / 18
        spine = knot + np.cumsum(step * np.stack([np.sin(bend), -np.cos(bend)], axis=1), axis=0)
        _end(sheet, name, spine)
    wrap = curve(
        [(-8.6, 1.8), (0.0, -0.4), (8.6, 1.8), (9.2, -1.8), (5.4, -4.6), (-0.4, -5.6), (-6.0, -4.6), (-9.4, -1.8)],
        (0, 2),
        closed=True,
    )

    def place(points: Points) -> Points:
        return figure.neck + turned(points, angle) + [0.6 * pose.turn, 0.6]

    sheet.area("scarf", place(wrap), "Scarf")
    sheet.area("scarf shade", place(np.concatenate([wrap[:13], wrap[12::-1] * [0.96, 1] + [0, -1.5]])), "Shade")
    sheet.line("scarf low", place(wrap[12:]), 0.40, taper=(0.4, 0.4))
    folds = [
        [(-7.4, -1.2), (-1.0, -2.9), (6.0, -2.0)],
        [(2.0, -4.3), (5.4, -3.4), (8.0, -1.4)],
        [(-3.4, -4.4), (0.6, -4.2), (3.2, -3.2)],
    ]
    for number, fold in enumerate(folds):
        sheet.line(f"scarf fold {number}", place(curve(fold)), 0.24, taper=(0.5, 0.1))
    lump = place(
        curve([(-8.6, -0.6), (-5.4, 0.6), (-2.4, -1.4), (-2.8, -4.6), (-5.6, -5.4), (-8.2, -3.8)], closed=True)
    )
    sheet.area("knot", lump, "Scarf")
    sheet.line("knot rim", lump, 0.32, closed=True)
    for number, fold in enumerate(
        ([(-7.4, -1.4), (-5.8, -2.0), (-4.6, -3.2)], [(-5.4, -0.6), (-4.4, -1.6), (-4.0, -2.6)])
    ):
        sheet.line(f"knot fold {number}", place(curve(fold)), 0.22, taper=(0.6, 0.1))


def _end(sheet: Sheet, name: str, spine: Points) -> None:
    """One hanging end: two stripes and a fringe."""
    left, right = tube(spine, np.interp(np.linspace(0, 1, len(spine)), [0, 0.2, 1], [1.5, 2.5, 3.5]))
    sheet.area(f"scarf {name}", ring(left, right), "Scarf")
    for number, (start, stop) in enumerate(((10, 12), (14, 16))):
        sheet.area(f"scarf {name} stripe {number}", ring(left[start : stop + 1], right[start : stop + 1]), "Boot")
    sheet.line(f"scarf {name} left", left, 0.34, taper=(0.4, 0.5))
    sheet.line(f"scarf {name} right", right, 0.34, taper=(0.4, 0.5))
    sheet.line(f"scarf {name} foot", np.linspace(left[-1], right[-1], 5), 0.3, taper=(0.6, 0.6))
    down = spine[-1] - spine[-2]
    down /= np.hypot(*down)
    for number, at in enumerate((0.06, 0.35, 0.65, 0.94)):
        foot = left[-1] + at * (right[-1] - left[-1])
        sheet.line(
            f"scarf {name} fringe {number}",
            np.linspace(foot, foot + 2.3 * down, 4),
            0.28,
            "Scarf line",
            taper=(0.9, 0.5),
        )
    sheet.line(f"scarf {name} crease", spine[3:10] + 0.5, 0.2, taper=(0.6, 0.1))
