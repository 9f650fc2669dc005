"""A fox who sees somebody come and waves: a filled, coloured character, drawn by code from the numbers of a pose.

Nothing here knows of Blender. Every pose has the same shapes in the same order, and what lies between two keys is
known: `pose` draws it for any time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, replace

import numpy as np

from doodle_core.drawing.drawing import Drawing
from examples.fox import body, face, head, limbs
from examples.fox.figure import Figure, Pose
from examples.fox.sheet import MODEL_PIXEL, Shape, Sheet

__all__ = [
    "KEYS",
    "LAYERS",
    "MATERIALS",
    "Pose",
    "Shape",
    "between",
    "draw",
    "drawing",
    "keys",
    "linear",
    "pose",
    "redrawn",
]

LAYERS = ("Back", "Front")
"""From the back."""

MATERIALS: dict[str, tuple[float, float, float, float]] = {
    "Ink": (0.16, 0.09, 0.13, 1.0),
    "Fur": (0.93, 0.52, 0.23, 1.0),
    "Light fur": (0.98, 0.67, 0.36, 1.0),
    "Fur line": (0.60, 0.27, 0.13, 1.0),
    "Dark fur": (0.36, 0.20, 0.18, 1.0),
    "Paw": (0.46, 0.27, 0.23, 1.0),
    "Cream": (1.00, 0.95, 0.86, 1.0),
    "White": (1.00, 1.00, 1.00, 1.0),
    "Pink": (0.95, 0.60, 0.58, 1.0),
    "Blush": (0.93, 0.36, 0.33, 0.50),
    "Amber": (0.55, 0.30, 0.12, 1.0),
    "Jumper": (0.20, 0.50, 0.56, 1.0),
    "Shorts": (0.24, 0.28, 0.44, 1.0),
    "Light shorts": (0.34, 0.40, 0.58, 1.0),
    "Scarf": (0.96, 0.76, 0.28, 1.0),
    "Scarf line": (0.80, 0.54, 0.14, 1.0),
    "Boot": (0.78, 0.27, 0.23, 1.0),
    "Leather": (0.48, 0.27, 0.18, 1.0),
    "Light leather": (0.68, 0.42, 0.27, 1.0),
    "Canvas": (0.60, 0.66, 0.42, 1.0),
    "Brass": (0.98, 0.84, 0.42, 1.0),
    "Shade": (0.42, 0.14, 0.36, 0.30),
}
"""Red, green, blue (sRGB) and opacity by name."""

KEYS: tuple[Pose, ...] = (
    # At ease, looking away to the right.
    Pose(
        turn=0.42,
        nod=-0.04,
        tilt=-0.06,
        sway=0.8,
        arm=0.30,
        elbow=0.35,
        spread=0.2,
        look=0.7,
        up=0.1,
        mouth=0.10,
        tail=-0.10,
        curl=1.1,
        tip=0.3,
        scarf=0.05,
    ),
    # Hears something: a blink as the head goes round, low, knees bent.
    Pose(
        turn=-0.05,
        nod=-0.22,
        tilt=0.05,
        lean=-0.05,
        sway=1.4,
        drop=4.0,
        arm=0.22,
        elbow=0.62,
        blink=1.0,
        brows=-0.4,
        mouth=0.05,
        tail=-0.02,
        curl=0.7,
        tip=-0.3,
        ears=0.7,
        hair=0.5,
        scarf=0.25,
        bag=0.10,
        spread=0.1,
        other_arm=0.45,
        other_elbow=0.3,
    ),
    # There he is! Up on its toes, arm flung up.
    Pose(
        turn=-0.42,
        nod=0.12,
        tilt=0.02,
        lean=0.08,
        sway=-1.2,
        drop=-1.6,
        arm=1.72,
        elbow=0.95,
        wrist=-0.1,
        spread=1.0,
        brows=1.0,
        mouth=1.0,
        look=-0.6,
        up=0.2,
        tail=0.16,
        curl=1.1,
        tip=0.5,
        ears=-0.1,
        hair=-0.5,
        scarf=-0.35,
        bag=-0.18,
        other_arm=0.35,
    ),
    # Waves out.
    Pose(
        turn=-0.46,
        nod=0.02,
        tilt=0.16,
        lean=0.06,
        sway=-0.6,
        drop=0.8,
        arm=1.66,
        elbow=0.55,
        wrist=-0.35,
        spread=0.8,
        brows=0.5,
        mouth=0.75,
        look=-0.5,
        tail=0.15,
        curl=0.9,
        tip=-0.4,
        hair=0.2,
        scarf=0.2,
        bag=0.14,
    ),
    # Waves in, eyes shut for joy.
    Pose(
        turn=-0.34,
        nod=0.06,
        tilt=-0.10,
        lean=-0.03,
        sway=0.6,
        drop=-0.4,
        arm=1.66,
        elbow=1.12,
        wrist=0.30,
        spread=0.9,
        brows=0.8,
        mouth=0.85,
        blink=1.0,
        look=-0.5,
        tail=0.02,
        curl=1.18,
        tip=0.6,
        ears=0.5,
        hair=-0.3,
        scarf=-0.2,
        bag=-0.10,
    ),
    # Waves out once more, calmer.
    Pose(
        turn=-0.44,
        nod=0.0,
        tilt=0.12,
        lean=0.04,
        sway=-0.4,
        drop=0.3,
        arm=1.55,
        elbow=0.75,
        wrist=-0.25,
        spread=0.6,
        brows=0.2,
        mouth=0.5,
        look=-0.6,
        tail=0.02,
        curl=1.0,
        tip=0.0,
        hair=0.1,
        scarf=0.1,
        bag=0.06,
    ),
)
"""The poses of the keys; key k is at time k."""


def draw(numbers: Pose) -> list[Shape]:
    """The fox in a pose, shapes in the order in which they are painted."""
    figure = Figure(numbers)
    middles = limbs.spines(figure)
    sheet = Sheet(layer=LAYERS[0])
    limbs.shadow(sheet, figure)
    limbs.tail(sheet, figure)
    sheet.layer = LAYERS[1]
    limbs.legs(sheet, figure, middles)
    body.shorts(sheet, figure, middles)
    body.jumper(sheet, figure)
    body.bag(sheet, figure)
    limbs.sleeve(sheet, "waving", figure.waving, -1)
    limbs.sleeve(sheet, "resting", figure.resting, 1)
    limbs.hand(sheet, "resting", figure.resting, -0.2, palm=False)
    body.scarf(sheet, figure)
    head.draw(sheet, figure)
    face.draw(sheet, figure)
    limbs.hand(sheet, "waving", figure.waving, numbers.spread, palm=True)
    return sheet.shapes


def pose(time: float) -> list[Shape]:
    """The fox at a time from 0 (first key) to 5 (last key); at whole numbers it is the key."""
    return draw(between(time))


def between(time: float) -> Pose:
    """The numbers of the pose at a time, through the keys on smooth curves. None swings beyond its neighbours."""
    table = np.array([astuple(key) for key in KEYS])
    last = len(KEYS) - 1
    first = int(np.clip(np.floor(time), 0, last - 1))
    t = float(np.clip(time - first, 0, 1))
    a, b, c, d = table[[max(first - 1, 0), first, first + 1, min(first + 2, last)]]
    m, n = (
        np.where((c - b) * slope > 0, np.clip(slope, -3 * abs(c - b), 3 * abs(c - b)), 0.0)
        for slope in ((c - a) / 2, (d - b) / 2)
    )
    values = (2 * t**3 - 3 * t**2 + 1) * b + (t**3 - 2 * t**2 + t) * m + (3 * t**2 - 2 * t**3) * c + (t**3 - t**2) * n
    return Pose(*values.tolist())


def keys(afresh: Sequence[int] = ()) -> list[list[Shape]]:
    """The shapes of every key. The keys numbered in `afresh` are drawn by another hand, as `redrawn` says."""
    return [redrawn(draw(key), number) if number in afresh else draw(key) for number, key in enumerate(KEYS)]


def redrawn(shapes: Sequence[Shape], seed: int) -> list[Shape]:
    """The same picture put down by another hand.

    Some lines run the other way, outlines begin elsewhere, all have other points and are a little off, and lines that
    follow each other in a layer change places. The names stay.
    """
    rng = np.random.default_rng(seed)
    drawn = [_afresh(shape, rng) for shape in shapes]
    for at in range(len(drawn) - 1):
        one, other = drawn[at : at + 2]
        if not one.area and not other.area and one.layer == other.layer and rng.random() < 0.4:
            drawn[at : at + 2] = other, one
    return drawn


def _afresh(shape: Shape, rng: np.random.Generator) -> Shape:
    """One shape with other points, corners kept; turned round or begun elsewhere; up to 0.1 model pixel off."""
    points, radii = shape.points.astype(float), shape.radii.astype(float)
    if shape.closed:
        roll = int(rng.integers(len(points)))
        order = [*range(roll, len(points)), *range(roll + 1)]
        points, radii = points[order], radii[order]
    if rng.random() < 0.4:
        points, radii = points[::-1], radii[::-1]
    steps = np.diff(points, axis=0)
    at = np.concatenate([[0.0], np.cumsum(np.hypot(*steps.T))])
    turns = np.abs(np.diff(np.unwrap(np.arctan2(steps[:, 1], steps[:, 0]))))
    corners = at[1:-1][turns > 0.5]
    count = max(3, round(len(points) * rng.uniform(0.7, 1.4)))
    wanted = np.unique(np.concatenate([np.linspace(0, at[-1], count), corners]))
    waves, angles = rng.uniform(0.5, 2.0, 2), rng.uniform(0, 2 * np.pi, 2)
    reach = 0.1 * MODEL_PIXEL * min(1.0, at[-1] / 0.1)
    drift = reach * np.sin(2 * np.pi * waves * (wanted / max(at[-1], 1e-9))[:, None] + angles)
    moved = np.stack([np.interp(wanted, at, points[:, axis]) for axis in (0, 1)], axis=1) + drift
    wide = np.interp(wanted, at, radii)
    if shape.closed:
        moved, wide = moved[:-1], wide[:-1]
    return replace(shape, points=moved.astype(np.float32), radii=wide.astype(np.float32))


def drawing(shapes: Sequence[Shape]) -> Drawing:
    """The shapes as the library's drawing, in linear colours; styles and layers are numbers in MATERIALS and LAYERS."""
    names = list(MATERIALS)
    lengths = [len(shape.points) for shape in shapes]
    tints = np.array([(*linear(MATERIALS[shape.material]), MATERIALS[shape.material][3]) for shape in shapes])
    per_vertex = np.repeat(tints, lengths, axis=0)
    return Drawing(
        points=np.concatenate([shape.points for shape in shapes]),
        radii=np.concatenate([shape.radii for shape in shapes]),
        opacities=per_vertex[:, 3].astype(np.float32),
        colours=per_vertex[:, :3].astype(np.float32),
        offsets=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32),
        cyclic=np.array([shape.closed for shape in shapes]),
        shapes=np.arange(len(shapes) + 1, dtype=np.int32),
        areas=np.array([shape.area for shape in shapes]),
        styles=np.array([names.index(shape.material) for shape in shapes], np.int32),
        layers=np.array([LAYERS.index(shape.layer) for shape in shapes], np.int32),
    )


def linear(colour: Sequence[float]) -> tuple[float, float, float]:
    """sRGB -> scene linear, which a drawing's and Blender's colours are."""
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour[:3])
    return red, green, blue
