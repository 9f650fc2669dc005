"""How the second key was drawn: copied and edited, traced again, or afresh."""

from __future__ import annotations

import numpy as np

from training.scenes.dense.shapes import Floats

__all__ = ["HANDS", "drawn"]

HANDS = ("copied", "retraced", "afresh")


def drawn(shapes: list, hand: str, seed: int = 0) -> tuple[list, list[int]]:
    """Shapes as that hand would draw them, and which of the given ones each is."""
    random = np.random.default_rng(seed)
    answer = []
    for kind, points, closed, colour, width, layer in shapes:
        if hand == "copied":
            points = points + random.normal(0, 0.03, points.shape) / 64
        else:
            points = _again(points, closed, random)
        if hand == "afresh":
            if closed:
                points = np.roll(points, int(random.integers(len(points))), axis=0)
            if random.random() < 0.3:
                points = points[::-1]
        answer.append((kind, points, closed, colour, width, layer))
    order = list(range(len(answer)))
    if hand == "afresh":
        order = np.lexsort((random.random(len(answer)), [shape[5] for shape in answer])).tolist()
    return [answer[k] for k in order], order


def _again(points: Floats, closed: bool, random: np.random.Generator) -> Floats:
    """Other points along the same line, with a wobble of .15 model pixels. Sharp corners stay in."""
    ring = np.concatenate([points, points[:1]]) if closed else points
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(ring, axis=0).T))])
    count = max(5, int(len(points) * random.uniform(0.7, 1.6)))
    places = (
        np.sort(np.concatenate([random.uniform(0, 1, count // 2), np.linspace(0, 1, count - count // 2)])) * along[-1]
    )
    steps = np.diff(ring, axis=0)
    heading = np.arctan2(steps[:, 1], steps[:, 0])
    bend = np.abs((np.diff(heading) + np.pi) % (2 * np.pi) - np.pi)
    places = np.unique(np.concatenate([places, along[1:-1][bend > 0.7]]))
    if closed:
        places = places[:-1]
    again = np.stack([np.interp(places, along, column) for column in ring.T], axis=1)
    smooth = random.normal(0, 0.15, (max(len(again) // 3, 2), 2))
    wobble = np.stack(
        [np.interp(np.linspace(0, 1, len(again)), np.linspace(0, 1, len(smooth)), c) for c in smooth.T], 1
    )
    return again + wobble / 64
