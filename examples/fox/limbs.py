"""The fox's arms, hands, legs, boots and tail."""

from __future__ import annotations

import numpy as np

from examples.fox.figure import Figure, Joints
from examples.fox.sheet import Points, Sheet, blob, curve, ring, tube, turned

__all__ = ["hand", "legs", "shadow", "sleeve", "spines", "tail"]


def spines(figure: Figure) -> dict[str, Points]:
    """The middle of both legs, from the hip to the ankle."""
    made = {}
    for side, name in ((-1, "left"), (1, "right")):
        hip = figure.hip + [side * 6.4, -2.0]
        ankle = np.array([side * 7.6, 8.0])
        knee = (hip + ankle) / 2 + [side * (0.4 + 0.55 * figure.pose.drop), 0.0]
        made[name] = curve([hip, knee, ankle])
    return made


def shadow(sheet: Sheet, figure: Figure) -> None:
    """On the ground."""
    sheet.area("ground shadow", blob((1.0 + 0.5 * figure.pose.sway, 0.6), (27.0, 3.2), count=36), "Shade")


def legs(sheet: Sheet, figure: Figure, middles: dict[str, Points]) -> None:
    """Legs and laced boots."""
    for side, name in ((-1, "left"), (1, "right")):
        left, right = tube(middles[name], np.linspace(5.2, 4.3, len(middles[name])))
        sheet.area(f"{name} leg", ring(left, right), "Fur")
        sheet.line(f"{name} leg outer", right if side < 0 else left, 0.38, taper=(0.5, 0.5))
        sheet.line(f"{name} leg inner", left if side < 0 else right, 0.36, taper=(0.5, 0.5))
        _boot(sheet, side, name)


def _boot(sheet: Sheet, side: int, name: str) -> None:
    def place(points: Points) -> Points:
        return np.asarray(points, float) * [side, 1] + [side * 7.8, 0.0]

    outline = [(-4.7, 10.2), (4.8, 10.2), (4.9, 6.4), (8.8, 5.4), (11.2, 2.8), (10.8, 0.0), (-5.0, 0.0), (-5.3, 4.6)]
    rim = place(curve(outline, (0, 1, 5, 6), closed=True))
    sheet.area(f"{name} boot", rim, "Boot")
    toe = curve([(5.6, 1.8), (6.0, 4.0), (8.8, 5.4), (11.2, 2.8), (11.2, 1.8)])
    sheet.area(f"{name} toe cap", place(toe), "Cream")
    sole = curve([(-5.2, 1.9), (2.0, 1.7), (11.2, 1.9), (10.9, 0.0), (-5.1, 0.0)], (2, 3, 4))
    sheet.area(f"{name} sole", place(sole), "Dark fur")
    sheet.area(
        f"{name} cuff",
        place(curve([(-5.0, 10.9), (5.1, 10.9), (5.0, 8.5), (0.0, 8.0), (-4.9, 8.5)], (1, 2, 4))),
        "Cream",
    )
    sheet.area(
        f"{name} boot shade",
        place(curve([(-5.2, 8.3), (-2.8, 8.1), (-3.0, 4.6), (-2.2, 1.9), (-5.2, 1.9)], (1, 3, 4))),
        "Shade",
    )
    sheet.line(f"{name} boot front", place(curve(outline[1:6])), 0.40, taper=(0.4, 0.5))
    sheet.line(f"{name} boot back", place(curve([outline[6], outline[7], outline[0]])), 0.40, taper=(0.5, 0.4))
    sheet.line(f"{name} boot foot", place(curve([outline[5], (2.0, -0.15), outline[6]])), 0.42, taper=(0.5, 0.5))
    sheet.line(f"{name} sole", place(curve([(-5.2, 1.9), (2.0, 1.7), (11.2, 1.9)])), 0.26, taper=(0.4, 0.3))
    sheet.line(f"{name} toe cap", place(curve([(5.6, 1.9), (6.0, 4.0), (8.0, 5.4)])), 0.24, taper=(0.5, 0.3))
    sheet.line(f"{name} cuff", place(curve([(-5.0, 10.9), (0.0, 10.4), (5.1, 10.9)])), 0.34, taper=(0.5, 0.5))
    sheet.line(f"{name} cuff foot", place(curve([(-4.9, 8.5), (0.0, 8.0), (5.0, 8.5)])), 0.26, taper=(0.5, 0.5))
    for number, (start, end) in enumerate(
        (((0.4, 7.0), (4.7, 6.2)), ((0.6, 5.6), (5.2, 5.0)), ((1.4, 4.0), (5.8, 3.6)))
    ):
        lace = curve([start, ((start[0] + end[0]) / 2, start[1] + 0.35), end])
        sheet.line(f"{name} lace {number}", place(lace), 0.24, "White", taper=(0.8, 0.8))
    for number, loop in enumerate(
        ([(2.4, 7.2), (0.0, 9.0), (-1.4, 7.4), (2.2, 7.1)], [(2.6, 7.2), (5.0, 8.8), (6.4, 7.2), (2.8, 7.0)])
    ):
        sheet.line(f"{name} bow {number}", place(curve(loop)), 0.22, "White", taper=(0.8, 0.8))
    for number, string in enumerate(([(2.4, 7.0), (1.6, 5.6), (0.2, 4.6)], [(2.7, 7.0), (3.6, 5.4), (5.0, 4.4)])):
        sheet.line(f"{name} lace end {number}", place(curve(string)), 0.20, "White", taper=(0.8, 0.5))


def _bent(shoulder: Points, elbow: Points, wrist: Points) -> Points:
    """A soft elbow: (25, 2) from the shoulder to the wrist."""
    control = elbow + 0.55 * (elbow - (shoulder + wrist) / 2)
    t = np.linspace(0, 1, 25)[:, None]
    return (1 - t) ** 2 * shoulder + 2 * t * (1 - t) * control + t**2 * wrist


def _arm(joints: Joints) -> tuple[Points, Points, Points]:
    """The middle of a sleeve and its two sides, (25, 2) each."""
    spine = _bent(*joints[:3])
    at, wide = [0, 0.15, 0.6, 0.86, 0.9, 1], [4.3, 4.6, 3.9, 3.5, 3.8, 3.6]
    return spine, *tube(spine, np.interp(np.linspace(0, 1, 25), at, wide))


def sleeve(sheet: Sheet, name: str, joints: Joints, side: int) -> None:
    """An arm in its striped sleeve, on the left (`side` -1) or the right (1); the cuff comes with the hand."""
    spine, left, right = _arm(joints)
    crown = joints[0] + (joints[0] - spine[3]) * 0.9
    root = curve([right[0], crown, left[0]])
    sheet.area(f"{name} sleeve", np.concatenate([left, right[::-1], root[1:-1]]), "Jumper")
    for number, (start, stop) in enumerate(((5, 8), (11, 14), (17, 20))):
        sheet.area(f"{name} sleeve stripe {number}", ring(left[start : stop + 1], right[start : stop + 1]), "Cream")
    under, upper = (left, right) if side < 0 else (right, left)  # of a hanging arm the side towards the body
    sheet.area(f"{name} sleeve shade", ring(under[2:], (0.62 * under + 0.38 * upper)[2:]), "Shade")
    cap = root[6::-1] if side < 0 else root[6:]
    sheet.line(f"{name} sleeve under", under, 0.38, taper=(0.2, 0.5))
    sheet.line(f"{name} sleeve upper", np.concatenate([cap[:-1], upper]), 0.40, taper=(0.2, 0.5))
    for number, (k, depth) in enumerate(
        ((11, 0.42), (14, 0.5))
    ):  # where the elbow bends the sleeve is pressed together
        start, across = upper[k], under[k] - upper[k]
        ahead = (1 - 2 * number) * (upper[k + 1] - upper[k])
        fold = curve([start, start + 0.5 * depth * across + 0.3, start + depth * across + ahead])
        sheet.line(f"{name} elbow fold {number}", fold, 0.24, taper=(0.7, 0.1))


def hand(sheet: Sheet, name: str, joints: Joints, spread: float, palm: bool) -> None:
    """A paw: three fingers and a thumb (on the right of a hand that points up), pads on the palm."""
    wrist, angle = joints[2], joints[3]
    size = 1.0 if palm else 0.86

    def place(points: Points) -> Points:
        return wrist + turned(np.asarray(points, float) * size, angle)

    parts = [curve([(-2.9, -0.8), (-3.9, 1.4), (-4.2, 3.8)])]
    fans = [(-3.0, 4.2, 0.55, 3.7), (0.0, 5.2, 0.02, 4.4), (2.9, 4.4, -0.50, 3.8)]
    tips = [_finger((x, y), (0.25 + spread) * lean, length, 1.75) for x, y, lean, length in fans]
    thumb = _finger((3.6, 1.9), -0.75 - 0.5 * spread, 3.7, 1.6)
    outline = np.concatenate([*parts, *tips, thumb, [(2.9, -0.8)]])
    sheet.area(f"{name} hand", place(outline), "Paw")
    if palm:
        sheet.area(
            f"{name} pad",
            place(curve([(0.0, 4.9), (2.2, 3.4), (1.6, 1.4), (-1.6, 1.4), (-2.2, 3.4)], closed=True)),
            "Pink",
        )
    bases = [len(parts[0])]
    for tip in (*tips, thumb):
        bases.append(bases[-1] + len(tip))
    placed = place(outline)
    sheet.line(f"{name} hand side", placed[: bases[0] + 3], 0.34, taper=(0.4, 0.3))
    for number in range(4):
        finger = placed[bases[number] : bases[number + 1]]
        sheet.line(f"{name} finger {number}", finger, 0.34, taper=(0.4, 0.4))
        if palm:
            tip = (tips + [thumb])[number]
            middle = tip[len(tip) // 2 - 3 : len(tip) // 2 + 4].mean(axis=0)
            sheet.area(
                f"{name} finger pad {number}",
                place(blob(middle - 0.12 * (middle - [0, 3.6]), (0.85, 0.95), count=14)),
                "Pink",
            )
    sheet.line(f"{name} hand heel", np.linspace(placed[-2], placed[0], 5), 0.3, taper=(0.4, 0.4))
    _, left, right = _arm(joints)
    sheet.area(f"{name} cuff", ring(left[21:], right[21:]), "Jumper")
    sheet.line(f"{name} cuff left", left[21:], 0.38, taper=(0.6, 0.6))
    sheet.line(f"{name} cuff right", right[21:], 0.38, taper=(0.6, 0.6))
    sheet.line(f"{name} cuff foot", np.linspace(left[-1], right[-1], 7), 0.34, taper=(0.6, 0.6))
    sheet.line(f"{name} cuff top", np.linspace(left[21], right[21], 7), 0.26, taper=(0.6, 0.6))
    for number, at in enumerate((0.25, 0.5, 0.75)):
        a, b = (left[k] + at * (right[k] - left[k]) for k in (21, 24))
        sheet.line(f"{name} cuff rib {number}", np.linspace(a, b, 4), 0.18)


def _finger(foot: tuple[float, float], lean: float, length: float, half: float) -> Points:
    """The outline of a finger from its left root over its tip to its right one."""
    cap = np.pi - np.linspace(0, np.pi, 13)
    round_ = np.stack([half * np.cos(cap), length - half + half * np.sin(cap)], axis=1)
    whole = np.concatenate([[(-half * 0.9, -0.3)], round_, [(half * 0.9, -0.3)]])
    return np.asarray(foot) + turned(whole, lean)


def tail(sheet: Sheet, figure: Figure) -> None:
    """A brush that swings, pale at its tip."""
    pose = figure.pose
    count = 37
    s = np.linspace(0, 1, count)
    heading = pose.tail + pose.curl * (1.9 * s**1.3 - 0.15) + pose.tip * np.clip(s - 0.35, 0, 1) ** 1.2 * 1.6
    heading -= 0.45 * np.sin(np.pi * np.clip((s - 0.05) / 0.5, 0, 1))
    step = 50.0 / (count - 1)
    root = figure.hip + [8.5, 0.0]
    spine = root + np.cumsum(step * np.stack([np.cos(heading), np.sin(heading)], axis=1), axis=0) - step
    full = np.interp(
        s, [0, 0.08, 0.25, 0.45, 0.62, 0.78, 0.9, 0.96, 1.0], [2.6, 3.4, 6.0, 9.2, 10.6, 9.2, 5.6, 2.9, 0.0]
    )
    kernel = np.array([0.25, 0.5, 0.25])
    for _ in range(3):
        full[1:-1] = np.convolve(full, kernel, mode="valid")
    upper, lower = tube(spine, full)
    sheet.area("tail", ring(upper, lower), "Fur")
    cut = 24  # where the pale tip begins
    across = np.linspace(0, 1, 13)
    rag = upper[cut] + across[:, None] * (lower[cut] - upper[cut])
    ahead = (spine[cut + 1] - spine[cut]) / np.hypot(*(spine[cut + 1] - spine[cut]))
    rag += np.outer(np.array([0, -1.6, -3.4, 0.4, -2.4, -4.4, 0.6, -2.6, -4.6, 0.2, -2.0, -3.2, 0]), ahead)
    sheet.area("tail tip", np.concatenate([upper[cut:], lower[-2 : cut - 1 : -1], rag[-2:0:-1]]), "Cream")
    sheet.area("tail shade", ring(lower[6:], (0.66 * lower + 0.34 * upper)[6:]), "Shade")
    sheet.line("tail upper", upper, 0.44, taper=(0.3, 0.4))
    sheet.line("tail lower", lower, 0.44, taper=(0.3, 0.4))
    for number in range(4):
        sheet.line(f"tail border {number}", rag[3 * number : 3 * number + 4], 0.22, "Fur line", taper=(0.4, 0.4))
    for number, (k, side) in enumerate(
        ((8, 0.1), (11, -0.35), (14, 0.35), (15, -0.1), (18, 0.6), (19, -0.55), (20, 0.15))
    ):
        reach = np.arange(k, k + 5)
        path = spine[reach] + (side + np.linspace(0, 0.12, 5))[:, None] * (upper[reach] - spine[reach])
        sheet.line(f"tail fur {number}", path, 0.24, "Fur line", taper=(0.8, 0.1))
    for number, (k, side) in enumerate(((28, 0.4), (29, -0.3), (31, 0.1))):
        reach = np.arange(k, k + 4)
        path = spine[reach] + side * (upper[reach] - spine[reach])
        sheet.line(f"tail tip fur {number}", path, 0.22, "Fur line", taper=(0.8, 0.1))
