"""How the second key was drawn: copied and edited, traced again, or afresh."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from training.scenes.dense.shapes import Floats, Shape

__all__ = ["HANDS", "Drawn", "drawn"]

HANDS = ("copied", "retraced", "afresh")

_BACKWARDS, _SPLIT, _JOINED = 0.3, 0.12, 0.5
_SHORTEST = 4 / 64  # sides: a shorter line is not drawn in two strokes
_TOUCHES = 0.8 / 64  # sides: ends as near may be drawn in one stroke

Drawn = list[tuple[Shape, tuple[int, ...]]]
"""Shapes, and the numbers of the shapes that each shows: two where a hand joined them."""


def drawn(shapes: Sequence[Shape], hand: str, seed: int = 0) -> Drawn:
    """Shapes as that hand would draw them.

    An area and the line round it stay together, but for *afresh*. That draws 30 % backwards, closed ones from anywhere,
    12 % of the longer lines in two strokes, half of those that touch and go on in one another in one, and what does not
    lie on one another in any order.
    """
    random = np.random.default_rng(seed)
    again: dict[bytes, Floats] = {}
    answer: Drawn = []
    for shape in shapes:
        made = []
        for contour in shape.contours:
            name = contour.tobytes()
            if hand == "afresh" or name not in again:
                again[name] = (
                    contour + random.normal(0, 0.03, contour.shape) / 64
                    if hand == "copied"
                    else _again(contour, shape.closed, random)
                )
            made.append(again[name])
        answer.append((replace(shape, contours=tuple(made)), (shape.number,)))
    if hand != "afresh":
        return answer
    answer = _joined(answer, random)
    answer = [part for one in answer for part in _split(one, random)]
    return _shuffled([(_turned(shape, random), numbers) for shape, numbers in answer], random)


def _turned(shape: Shape, random: np.random.Generator) -> Shape:
    made = []
    for contour in shape.contours:
        points = np.roll(contour, int(random.integers(len(contour))), axis=0) if shape.closed else contour
        made.append(points[::-1] if random.random() < _BACKWARDS else points)
    return replace(shape, contours=tuple(made))


def _split(one: tuple[Shape, tuple[int, ...]], random: np.random.Generator) -> Drawn:
    shape, numbers = one
    points = shape.contours[0]
    ring = np.concatenate([points, points[:1]]) if shape.closed else points
    long = np.hypot(*np.diff(ring, axis=0).T).sum()
    if shape.area or len(numbers) > 1 or len(points) < 5 or long < _SHORTEST or random.random() > _SPLIT:
        return [one]
    if shape.closed:
        ring = np.roll(points, int(random.integers(len(points))), axis=0)
        ring = np.concatenate([ring, ring[:1]])
    middle = int(np.clip(round(len(ring) * random.uniform(0.3, 0.7)), 2, len(ring) - 3))
    parts = ring[: middle + 1], ring[middle:]
    return [(replace(shape, contours=(part,), closed=False), numbers) for part in parts]


def _joined(shapes: Drawn, random: np.random.Generator) -> Drawn:
    """Lines that end where another begins, with a bend of less than 60 degrees, in one stroke."""
    answer: Drawn = []
    for shape, numbers in shapes:
        last, own = answer[-1] if answer else (shape, numbers)
        if answer and len(own) == 1 and _goes_on(last, shape) and random.random() < _JOINED:
            points = np.concatenate([last.contours[0], shape.contours[0][1:]])
            answer[-1] = replace(last, contours=(points,)), own + numbers
        else:
            answer.append((shape, numbers))
    return answer


def _goes_on(one: Shape, two: Shape) -> bool:
    if one.area or two.area or one.closed or two.closed or one.layer != two.layer or one.colour != two.colour:
        return False
    p, q = one.contours[0], two.contours[0]
    before, after = p[-1] - p[-2], q[1] - q[0]
    ahead = float(before @ after) > 0.5 * float(np.hypot(*before) * np.hypot(*after))
    return bool(abs(one.width - two.width) < 1e-9 and np.hypot(*(p[-1] - q[0])) < _TOUCHES and ahead)


def _shuffled(shapes: Drawn, random: np.random.Generator) -> Drawn:
    """In any order in which the picture is the same: layer by layer, what lies on an area after it."""
    low = np.array([shape.contours[0].min(axis=0) - shape.width for shape, _ in shapes])
    high = np.array([shape.contours[0].max(axis=0) + shape.width for shape, _ in shapes])
    areas = np.array([shape.area for shape, _ in shapes])
    layers = np.array([shape.layer for shape, _ in shapes])
    over = (low[:, None] < high[None]).all(axis=2) & (low[None] < high[:, None]).all(axis=2)
    over &= areas[:, None] | areas[None]
    over |= layers[:, None] < layers[None]
    over &= np.arange(len(shapes))[:, None] < np.arange(len(shapes))[None]  # the first must come before the second
    waiting = over.sum(axis=0)
    free = np.flatnonzero(waiting == 0).tolist()
    answer = []
    while free:
        chosen = free.pop(int(random.integers(len(free))))
        answer.append(shapes[chosen])
        waiting[over[chosen]] -= 1
        free += np.flatnonzero(over[chosen] & (waiting == 0)).tolist()
    return answer


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
