"""Films for the tests of this folder, and how their frames look."""

from __future__ import annotations

import numpy as np

from doodle_core import srgb
from doodle_core.drawing import Drawing
from doodle_core.film import Film
from doodle_core.look import Look
from doodle_core.model import DoodleModel
from doodle_core.track import LatentKey
from examples import character

STEP = 6
"""Frames from one key to the next."""


def film_of(model: DoodleModel, drawings: list[Drawing], method: str = "spherical") -> Film:
    latents = model.encode(drawings)
    pairs = zip(latents, drawings, strict=True)
    keys = [LatentKey(latent, float(number * STEP), drawing) for number, (latent, drawing) in enumerate(pairs)]
    return Film(model, model.track(keys, method=method))


def positions(film: Film) -> list[float]:
    return [number / STEP for number in range((len(film.track.keys) - 1) * STEP + 1)]


def on_white(film: Film, position: float, size: int) -> np.ndarray:
    """(size, size, 3), 0..255: a frame as picture files have it, mixed in sRGB."""
    rgba = film.frame_rgba(position, size, Look(), drawn_ink=True)
    alpha = rgba[..., 3:]
    return 255 * (srgb.encoded(rgba[..., :3]) * alpha + 1 - alpha)


def fox() -> list[Drawing]:
    """Two keys of a filled character."""
    return [character.drawing(shapes) for shapes in character.keys()[1:3]]


def _turned(points: np.ndarray, turn: float, shift: float) -> np.ndarray:
    spin = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return (points - 0.5) @ spin.T + 0.5 + [shift, 0]


def lines() -> list[Drawing]:
    """Two keys: strokes of one width and of several, closed and open, a translucent one that crosses itself, a dot."""
    t = np.linspace(0, 2 * np.pi, 40)
    loop = np.stack([0.5 + 0.3 * np.sin(t), 0.3 + 0.15 * np.sin(2 * t)], axis=1)
    ring = np.stack([0.5 + 0.1 * np.cos(t[:-1]), 0.7 + 0.1 * np.sin(t[:-1])], axis=1)
    zigzag = np.array([[0.1, 0.8], [0.2, 0.95], [0.3, 0.8], [0.4, 0.95], [0.5, 0.8]])
    dash = np.array([[0.7, 0.8], [0.8, 0.85], [0.9, 0.8]])
    made = []
    for turn, shift in ((0.0, 0.0), (0.7, 0.05)):
        polylines = [_turned(line, turn, shift) for line in (loop, ring, zigzag, dash, np.array([[0.8, 0.6]]))]
        radii = [0.02, 0.008, np.linspace(0.004, 0.02, 5), np.array([0.0, 0.02, 0.0]), 0.03]
        made.append(Drawing.make(polylines, radii, [0.4, 1, 1, 1, 0.8], [False, True, False, False, False]))
    return made


def ring_with_holes() -> list[Drawing]:
    """Two keys: an area of an outline, a hole and an island in it, that grows and changes colour."""
    made = []
    for size, colour in ((0.30, (0.8, 0.1, 0.1)), (0.4, (0.1, 0.2, 0.7))):
        t = np.linspace(0, 2 * np.pi, 24, endpoint=False)
        circle = np.stack([np.cos(t), np.sin(t)], axis=1)
        points = np.concatenate([0.5 + size * share * circle for share in (1.0, 0.7, 0.3)])
        made.append(
            Drawing(
                points=points,
                radii=np.zeros(72),
                opacities=np.full(72, 0.9),
                offsets=[0, 24, 48, 72],
                cyclic=[True] * 3,
                shapes=[0, 3],
                areas=[True],
                colours=np.tile(colour, (72, 1)),
            )
        )
    return made
