"""A little walker, drawn by a hand that is not quite steady: the demo's key drawings as plain polylines.

Side view, walking to the right on the spot. x is right, z is up, the ground is z = 0, the walker is about 2 units tall.
Nothing here knows of Blender: `draw` answers points and pen radii, whoever calls it makes strokes of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

__all__ = ["PEN", "STRIDE", "Line", "by_hand", "draw", "pressed"]

Points = NDArray[np.float32]

STRIDE = 0.84
"""How far the ground passes under the walker in one step (half a cycle)."""

TIPTOE = 0.9  # radians that the foot tips forward before it leaves the ground
THIGH, SHIN, FOOT = 0.39, 0.39, 0.19
UPPER_ARM, FOREARM = 0.32, 0.32
PEN = 0.042  # radius of a pressed pen: a line of about two pixels in the model's square


@dataclass(frozen=True, eq=False)
class Line:
    """One stroke: points (N, 2) float32 as x, z; radii (N,) float32, the pen's pressure."""

    points: Points
    radii: Points


def draw(phase: float, seed: int, unsteadiness: float = 1.0) -> list[Line]:
    """The walker at `phase` of its cycle (0..1: two steps), as somebody would draw it by hand.

    `seed` is the moment of drawing: the same pose drawn twice differs a little, as hands do. The number of strokes and
    their order never change. `unsteadiness` 0 draws like a machine.
    """
    turn = 2 * np.pi * phase
    hip = np.array([0.0, 0.68 - 0.045 * np.cos(2 * turn)])  # lowest when both feet stand, highest in passing
    neck = hip + [0.10 + 0.01 * np.sin(2 * turn), 0.46]
    shoulder = hip + [0.07, 0.38]
    head = neck + [0.07 + 0.015 * np.sin(2 * turn + 0.6), 0.37 - 0.012 * np.cos(2 * turn - 0.8)]
    swing = 0.9 * np.cos(turn)

    body_middle, body_lean = (hip + neck) / 2 + [0.01, 0.0], 0.19
    lines = [
        _leg(hip, phase + 0.5),
        _arm(shoulder, swing),
        _ellipse(body_middle, (0.24, 0.27), body_lean, start=1.9),
        _leg(hip, phase),
        _ellipse(head, (0.37, 0.36), 0.0, start=1.7),
        _arm(shoulder, -swing),
        _tuft(head, turn),
        _dot(head + [0.15, 0.08]),
        _smile(head),
    ]
    rng = np.random.default_rng(seed)
    return [by_hand(line, rng, unsteadiness) for line in lines]


def _leg(hip: Points, phase: float) -> Line:
    """Hip, knee, heel, toe. First half of `phase`: on the ground, carried backwards; second half: swung forward."""
    phase = phase % 1.0
    if phase < 0.5:
        u = phase / 0.5
        heel = np.array([STRIDE * (0.5 - u) - 0.06, 0.0])
        # Lands on the heel, leaves from the toe, which stays down while the heel rises.
        pitch = 0.45 * max(0.0, 1 - u / 0.2) - TIPTOE * max(0.0, (u - 0.7) / 0.3)
        heel[1] = FOOT * np.sin(max(0.0, -pitch))
    else:
        u = (phase - 0.5) / 0.5
        eased = (1 - np.cos(np.pi * u)) / 2
        lift = FOOT * np.sin(TIPTOE) * (1 - u) + 0.20 * np.sin(np.pi * u) * (1 - 0.4 * u)
        heel = np.array([STRIDE * (eased - 0.5) - 0.06, lift])
        pitch = -TIPTOE * (1 - u) ** 1.5 + 0.45 * u**2
    knee = _joint(hip, heel, THIGH, SHIN, bend=1.0)
    toe = heel + FOOT * np.array([np.cos(pitch), np.sin(pitch)])
    return _through([hip, knee, heel, toe], corners=(2,))


def _arm(shoulder: Points, swing: float) -> Line:
    """Shoulder, elbow, hand; `swing` in radians, forward positive. The elbow only bends forward."""
    elbow = shoulder + UPPER_ARM * np.array([np.sin(swing), -np.cos(swing)])
    bent = swing + 0.35 + 0.35 * max(0.0, swing)
    hand = elbow + FOREARM * np.array([np.sin(bent), -np.cos(bent)])
    return _through([shoulder, elbow, hand])


def _tuft(head: Points, turn: float) -> Line:
    """A lock of hair that drags behind the bobbing head."""
    flop = 0.07 * np.sin(2 * turn + 2.2)
    root, tip = head + [-0.04, 0.36], head + [-0.32, 0.52 + flop]
    return _through([root, head + [-0.10, 0.53 + 0.5 * flop], tip])


def _dot(centre: Points) -> Line:
    return Line(np.asarray([centre], np.float32), np.asarray([0.06], np.float32))


def _smile(head: Points) -> Line:
    angles = np.linspace(-1.9, -0.45, 14)
    points = head + [0.14, -0.04] + 0.14 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return pressed(points, PEN * 0.8)


def _ellipse(centre: Points, radii: tuple[float, float], lean: float, start: float) -> Line:
    """Drawn in one go from angle `start`, a little past where it began, as a hand closes a circle."""
    angles = start + np.linspace(0.0, 2 * np.pi + 0.12, 48)
    flat = np.stack([radii[0] * np.cos(angles), radii[1] * np.sin(angles)], axis=1)
    turn = np.array([[np.cos(lean), np.sin(lean)], [-np.sin(lean), np.cos(lean)]])
    return pressed(centre + flat @ turn.T, PEN)


def _joint(start: Points, end: Points, first: float, second: float, bend: float) -> Points:
    """Where a joint lies between `start` and `end` for bones of these lengths; `bend` +1 points it to the right."""
    along = end - start
    reach = min(float(np.hypot(*along)), (first + second) * 0.999)
    along = along / max(float(np.hypot(*along)), 1e-9)
    near = (first**2 - second**2 + reach**2) / (2 * reach)
    out = np.sqrt(max(first**2 - near**2, 0.0))
    return start + near * along + bend * out * np.array([-along[1], along[0]])


def _through(anchors: list[Points], corners: tuple[int, ...] = ()) -> Line:
    """A stroke through `anchors`, rounded at each of them but sharp at the indices in `corners`."""
    pieces: list[Points] = []
    cuts = [0, *corners, len(anchors) - 1]
    for first, last in pairwise(cuts):
        points = np.asarray(anchors[first : last + 1], float)
        if len(points) == 3:  # a soft bend: the quadratic curve that passes its middle anchor at the middle
            control = 2 * points[1] - (points[0] + points[2]) / 2
            control = points[1] + 0.45 * (control - points[1])  # nearer the bone: knees are not rubber
            t = np.linspace(0, 1, 24)[:, None]
            curve = (1 - t) ** 2 * points[0] + 2 * t * (1 - t) * control + t**2 * points[2]
        else:
            curve = points[0] + np.linspace(0, 1, 10)[:, None] * (points[-1] - points[0])
        pieces.append(curve if not pieces else curve[1:])
    return pressed(np.concatenate(pieces), PEN)


def pressed(points: Points, pen: float) -> Line:
    """A pen set down lightly, pressed, lifted again."""
    t = np.linspace(0, 1, len(points))
    pressure = 0.74 + 0.26 * np.sin(np.pi * np.clip(t, 0, 1)) ** 0.5
    return Line(np.asarray(points, np.float32), np.asarray(pen * pressure, np.float32))


def by_hand(line: Line, rng: np.random.Generator, amount: float) -> Line:
    """Slow drift of the hand over the stroke, a small misplacement of the whole, pressure that varies."""
    t = np.linspace(0, 1, len(line.points))
    drift = np.zeros_like(line.points)
    amount *= min(1.0, 0.25 + float(np.ptp(line.points, axis=0).max()))  # a short stroke is soon done: little drift
    press = np.zeros(len(t))
    for waves in (1.3, 2.6, 4.1):
        size = rng.normal(size=3) * [0.014, 0.014, 0.10] / waves**0.8
        angle = rng.uniform(0, 2 * np.pi, size=3)
        drift += np.stack([size[i] * np.sin(2 * np.pi * waves * t + angle[i]) for i in range(2)], axis=1)
        press += size[2] * np.sin(2 * np.pi * waves * t + angle[2])
    place = rng.normal(size=2) * 0.008
    points = line.points + amount * (drift + place)
    return Line(points.astype(np.float32), (line.radii * (1 + amount * press)).astype(np.float32))
