"""A film as Lottie, the JSON that players of Bodymovin animations take (lottie.github.io/lottie-spec).

Every scene is a layer that is shown for its time, every shape a group of paths and one fill or stroke. Lottie paints
what comes first in a list on top.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core import __version__
from doodle_core.files.curves import Curves
from doodle_core.files.easing import Keyframes
from doodle_core.files.figures import UNITS, Page, figures
from doodle_core.files.motion import Motion, Values, moved
from doodle_core.files.scenes import Scene

__all__ = ["lottie"]

Json: TypeAlias = "dict[str, Any]"

_VERSION = "5.7.0"  # of Bodymovin's format; no feature here is newer
_ROUND_END, _NONZERO, _EVEN_ODD = 2, 1, 2


def lottie(scenes: Iterable[Scene], page: Page) -> str:
    """The text of a Lottie file.

    Parameters
    ----------
    scenes : of Scene
        Without gaps, from frame 0.
    page : Page
    """
    layers = []
    stop = 0
    for scene in scenes:
        groups = [_group(moved(figure, scene), scene) for figure in figures(scene, page)]
        layers.append(_layer(groups[::-1], scene.start, scene.stop, page))
        # Some players (rlottie) show a layer in the frame at which it ends, too.
        layers[-1]["ks"]["o"] = {"a": 1, "k": [_held(scene.start, 100), _held(scene.stop, 0)]}
        stop = scene.stop
    if page.paper is not None:
        layers.append(_layer([_paper(page)], 0, stop, page))
    for number, layer in enumerate(layers, 1):
        layer["ind"] = number
    film = {
        "v": _VERSION,
        "fr": page.fps,
        "ip": 0,
        "op": stop,
        "w": page.width,
        "h": page.height,
        "nm": "doodle",
        "ddd": 0,
        "assets": [],
        "layers": layers,
        "meta": {"g": f"Doodle Bridge {__version__}"},
    }
    return json.dumps(film, separators=(",", ":"))


def _layer(groups: list[Json], start: int, stop: int, page: Page) -> Json:
    """A layer; its groups are told in units, and scaled to pixels here."""
    share = 100 * page.scale / UNITS
    place = {"o": _fixed(100), "r": _fixed(0), "p": _fixed([0, 0, 0]), "a": _fixed([0, 0, 0])}
    place["s"] = _fixed([share, share, 100])
    return {
        "ddd": 0,
        "ty": 4,
        "sr": 1,
        "ks": place,
        "ao": 0,
        "shapes": groups,
        "ip": start,
        "op": stop,
        "st": 0,
        "bm": 0,
    }


def _paper(page: Page) -> Json:
    assert page.paper is not None
    width, height = (math.ceil(side) for side in page.units)
    corners = [[0, 0], [width, 0], [width, height], [0, height]]
    still = [[0, 0]] * 4
    path = {"ty": "sh", "ks": _fixed({"i": still, "o": still, "v": corners, "c": True})}
    return _grouped([path, _fill(_fixed([*_rounded(page.paper, 4), 1]), _fixed(100), False)])


def _group(motion: Motion, scene: Scene) -> Json:
    items: list[Json] = []
    for curves in motion.curves:
        paths = [_path(curves, frame) for frame in range(len(curves.knots))]
        items.append({"ty": "sh", "ks": _animated(motion.keys, scene.times, [[path] for path in paths], paths[0])})
    colour = _changing(motion.colour, scene, lambda row: [*_rounded(row, 4), 1])
    opacity = _changing(motion.opacity, scene, lambda row: _rounded(row * 100, 2))
    if motion.width is None:
        items.append(_fill(colour, opacity, motion.even_odd))
    else:
        width = _changing(motion.width, scene, lambda row: _rounded(row, 1))
        items.append({"ty": "st", "c": colour, "o": opacity, "w": width, "lc": _ROUND_END, "lj": _ROUND_END})
    return _grouped(items)


def _grouped(items: list[Json]) -> Json:
    place = {"ty": "tr", "p": _fixed([0, 0]), "a": _fixed([0, 0]), "s": _fixed([100, 100]), "r": _fixed(0)}
    place["o"] = _fixed(100)
    return {"ty": "gr", "it": [*items, place]}


def _fill(colour: Json, opacity: Json, even_odd: bool) -> Json:
    return {"ty": "fl", "c": colour, "o": opacity, "r": _EVEN_ODD if even_odd else _NONZERO}


def _held(time: int, value: float) -> Json:
    return {"t": time, "s": [value], "h": 1}


def _fixed(value: Any) -> Json:
    return {"a": 0, "k": value}


def _changing(values: Values, scene: Scene, told: Callable[[NDArray[np.float64]], list[float]]) -> Json:
    rows = [told(row) for row in values.rows]
    first = rows[0] if len(rows[0]) > 1 else rows[0][0]
    return _animated(values.keys, scene.times, rows, first)


def _animated(keys: Keyframes, times: Sequence[int], rows: Sequence[Any], first: Any) -> Json:
    """A property with a value at each keyframe; `first` is how the first one is told where nothing moves."""
    if len(rows) == 1:
        return _fixed(first)
    told: list[Json] = []
    for number, (pick, row) in enumerate(zip(keys.picks, rows, strict=True)):
        one: Json = {"t": times[pick], "s": row}
        if number < len(keys.eases):
            ease = keys.eases[number]
            if ease is None:
                one["h"] = 1
            else:
                one["o"] = {"x": [0.333], "y": [round(ease[0], 3)]}
                one["i"] = {"x": [0.667], "y": [round(ease[1], 3)]}
        told.append(one)
    return {"a": 1, "k": told}


def _path(curves: Curves, frame: int) -> Json:
    """A path at one keyframe; Lottie's control points are told from their vertex."""
    knots = np.rint(curves.knots[frame])
    before = np.rint(curves.before[frame]) - knots
    after = np.rint(curves.after[frame]) - knots
    bends = ~curves.straight
    after[~bends] = 0.0
    before[~(np.roll(bends, 1))] = 0.0
    return {"i": _pairs(before), "o": _pairs(after), "v": _pairs(knots), "c": curves.closed}


def _pairs(points: NDArray[np.float64]) -> list[list[int]]:
    whole: list[list[int]] = points.astype(np.int64).tolist()
    return whole


def _rounded(numbers: Iterable[float], digits: int) -> list[float]:
    """Numbers as short as they can be told."""
    short = (round(float(number), digits) + 0.0 for number in numbers)
    return [int(number) if number == int(number) else number for number in short]
