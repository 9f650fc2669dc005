"""A bird that beats its wings, drawn as people draw: never twice with the same strokes.

Side view, flying to the right on the spot. x is right, z is up; the bird is about 2 units wide and tall. It is the same
bird at every key, but how it is put down is not: each key has its own order of strokes, its own directions, and cuts
shapes in two or leaves something out. `draw` with a `hand` of one's own draws it otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from examples.walker import PEN, Line, by_hand, pressed

__all__ = ["ALIKE", "HANDS", "Mark", "draw"]

Points = NDArray[np.float64]


@dataclass(frozen=True)
class Mark:
    """One stroke of the pen: a stretch of a shape from `start` to `end` of its length, 0..1; backwards if `start` is
    the larger. Shapes that close (the body) go on beyond 1."""

    shape: str
    start: float = 0.0
    end: float = 1.0


Hand = tuple[Mark, ...]
"""How one drawing is put on paper: the strokes in their order."""

HANDS: tuple[Hand, ...] = (
    # Wings up: everything in one stroke each.
    (
        Mark("body", 0.0, 1.03),
        Mark("beak"),
        Mark("eye"),
        Mark("tail"),
        Mark("wing"),
        Mark("far wing"),
        Mark("leg"),
        Mark("other leg"),
    ),
    # Passing: the wing first, its edges apart; the body as back and belly, the belly from the tail.
    (
        Mark("wing", 0.0, 0.52),
        Mark("wing", 1.0, 0.5),
        Mark("body", 0.0, 0.5),
        Mark("body", 1.0, 0.49),
        Mark("tail", 1.0, 0.0),
        Mark("beak"),
        Mark("far wing", 1.0, 0.0),
        Mark("leg"),
        Mark("other leg"),
        Mark("eye"),
    ),
    # Wings down: the far wing is hidden, and the legs are forgotten.
    (
        Mark("eye"),
        Mark("beak", 1.0, 0.0),
        Mark("body", 0.62, -0.40),
        Mark("wing", 1.0, 0.0),
        Mark("tail", 0.0, 0.52),
        Mark("tail", 1.0, 0.5),
    ),
    # Passing upwards: begun at the tail, the beak in two strokes.
    (
        Mark("tail"),
        Mark("body", 0.45, 1.48),
        Mark("leg"),
        Mark("other leg"),
        Mark("wing", 0.5, 0.0),
        Mark("wing", 0.48, 1.0),
        Mark("beak", 0.0, 0.52),
        Mark("beak", 1.0, 0.48),
        Mark("eye"),
    ),
)
"""The hands of the four keys of one beat, at phases 0, 1/4, 1/2 and 3/4."""

ALIKE: Hand = HANDS[0]
"""The same strokes at every key: what a tool that pairs strokes by their number wants."""

BODY = [(0.68, 0.24), (0.52, 0.44), (0.26, 0.31), (-0.12, 0.22), (-0.52, 0.03), (-0.44, -0.14), (-0.06, -0.29)]
BODY += [(0.34, -0.17), (0.58, 0.05)]
BEAK = [(0.665, 0.31), (0.93, 0.19), (0.62, 0.12)]
TAIL = [(-0.49, 0.05), (-1.02, 0.17), (-0.86, 0.02), (-1.04, -0.10), (-0.45, -0.13)]
LEG = [(-0.10, -0.28), (-0.22, -0.40), (-0.36, -0.42)]
SHOULDER, ARMPIT, EYE = (0.20, 0.16), (-0.26, 0.05), (0.52, 0.25)
# Where the wing's tip and its wrist are at the four quarters of a beat: up, passing, down, folded on its way up.
TIPS = [(-0.40, 1.06), (-1.02, 0.60), (-0.40, -0.95), (-0.92, 0.28)]
WRISTS = [(0.22, 0.72), (-0.20, 0.64), (0.12, -0.48), (-0.04, 0.56)]


def draw(phase: float, seed: int, hand: Hand = ALIKE, unsteadiness: float = 1.0) -> list[Line]:
    """The bird at `phase` of its beat (0..1) in the strokes of `hand`. `seed` is the moment of drawing: the same pose
    drawn twice differs a little. `unsteadiness` 0 draws like a machine."""
    shapes = _shapes(phase)
    rng = np.random.default_rng(seed)
    return [by_hand(_stroke(mark, shapes[mark.shape]), rng, unsteadiness) for mark in hand]


def _shapes(phase: float) -> dict[str, Points]:
    """Every shape as a dense polyline (N, 2); the eye is one point."""
    turn = 2 * np.pi * phase
    tip, wrist = _orbit(TIPS, phase), _orbit(WRISTS, phase)
    shapes = {
        "body": _smooth(BODY, closed=True),
        "beak": _straight(BEAK),
        "tail": _straight([(x, z - 0.10 * (x < -0.5) * np.cos(turn - 0.7)) for x, z in TAIL]),
        "eye": np.array([EYE]),
        "leg": _smooth(LEG),
        "other leg": _smooth([(x + 0.16, z + 0.01) for x, z in LEG]),
        "wing": _wing(np.array(SHOULDER), wrist, tip, np.array(ARMPIT)),
        "far wing": _far_wing(wrist, tip),
    }
    pitch, lift = -0.09 * np.sin(turn), -0.09 * np.cos(turn)  # the body rises as the wings go down
    rotation = np.array([[np.cos(pitch), np.sin(pitch)], [-np.sin(pitch), np.cos(pitch)]])
    return {name: points @ rotation + [0.0, lift] for name, points in shapes.items()}


def _wing(shoulder: Points, wrist: Points, tip: Points, armpit: Points) -> Points:
    """The leading edge over the wrist to the tip, then back in two scallops: the tip is at half the length."""
    ahead = _smooth([shoulder, wrist, tip])
    notch = armpit + 0.50 * (tip - armpit) + 0.10 * (wrist - shoulder)
    behind = [_bowed(tip, notch, wrist), _bowed(notch, armpit, wrist)]
    return np.concatenate([_even(ahead, 40), _even(np.concatenate(behind), 40)[1:]])


def _far_wing(wrist: Points, tip: Points) -> Points:
    """What is seen of the other wing: smaller, further ahead, without its root."""
    shift = np.array([0.30, 0.06])
    return _smooth([np.array([0.40, 0.38]), shift + 0.86 * wrist, shift + 0.86 * tip])


def _bowed(start: Points, end: Points, away: Points) -> Points:
    """A curve from `start` to `end` that bulges away from a point."""
    middle = (start + end) / 2
    out = middle - away
    return _smooth([start, middle + 0.10 * out / max(float(np.hypot(*out)), 1e-9), end])


def _orbit(quarters: list[tuple[float, float]], phase: float) -> Points:
    """A smooth closed path through four points, at `phase` of it: (2,)."""
    angle = 2 * np.pi * phase
    spectrum = np.fft.fft([complex(x, z) for x, z in quarters]) / 4
    value = spectrum[0] + spectrum[1] * np.exp(1j * angle) + spectrum[3] * np.exp(-1j * angle)
    value += spectrum[2] * np.cos(2 * angle)
    return np.array([value.real, value.imag])


def _smooth(anchors: list[tuple[float, float]] | list[Points], closed: bool = False) -> Points:
    """A Catmull-Rom curve through the anchors, 16 points a span."""
    points = np.asarray(anchors, float)
    ends = (points[-1:], points[:2]) if closed else (2 * points[:1] - points[1:2], 2 * points[-1:] - points[-2:-1])
    p = np.concatenate([ends[0], points, ends[1]])
    t = np.linspace(0, 1, 16, endpoint=False)[:, None]
    spans = [
        0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
        for a, b, c, d in zip(p[:-3], p[1:-2], p[2:-1], p[3:], strict=True)
    ]
    return np.concatenate([*spans, p[-2:-1]])


def _straight(anchors: list[tuple[float, float]]) -> Points:
    points = np.asarray(anchors, float)
    return _even(points, 12 * (len(points) - 1) + 1, corners=True)


def _even(points: Points, count: int, corners: bool = False) -> Points:
    """`count` points along a polyline at equal distances; with `corners` as many on each span, so that none is cut."""
    steps = np.hypot(*np.diff(points, axis=0).T)
    at = np.concatenate([[0.0], np.cumsum(np.ones_like(steps) if corners else steps)])
    wanted = np.linspace(0, at[-1], count)
    return np.stack([np.interp(wanted, at, points[:, axis]) for axis in range(2)], axis=1)


def _stroke(mark: Mark, shape: Points) -> Line:
    """The pen's stroke along the marked stretch of a shape."""
    if len(shape) == 1:
        return Line(shape.astype(np.float32), np.asarray([0.055], np.float32))
    count = max(8, round(abs(mark.end - mark.start) * len(shape)))
    wanted = np.linspace(mark.start, mark.end, count)
    if np.allclose(shape[0], shape[-1]):
        wanted = wanted % 1.0
    at = np.linspace(0, 1, len(shape))
    return pressed(np.stack([np.interp(wanted, at, shape[:, axis]) for axis in range(2)], axis=1), PEN * 0.8)
