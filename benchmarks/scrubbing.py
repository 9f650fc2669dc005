"""Going from frame to frame with live doodles of 512 pixels: what each adds to Blender's own `frame_set`."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from benchmarks import scenes

# isort: split
import bpy
import numpy as np

from benchmarks.doodles import scanned
from benchmarks.results import Goal, Result, Row, Table
from benchmarks.timing import Effort, Times
from doodle_core.sequence import write_png

__all__ = ["measure"]

_SIZE = 512
_MOST = 8.0  # milliseconds a frame that a doodle may add
_NOTHING = 0.1  # milliseconds that a hidden or baked one may
_MANY = 20
_DRAWINGS = 4
_KEYS = [1 + scenes.EVERY * key for key in range(_DRAWINGS)]
_PLACES = {
    "between keys": [key + step for key in _KEYS[:-1] for step in (4, 5, 6, 7, 8)],
    "beside a key": [key + step for key in _KEYS[:-1] for step in (1, 11)],
    "at a key": _KEYS,
}
_PLAIN: dict[str, object] = {"sigma": 0.0, "boil": 0.0, "ink": "colour", "method": "linear"}
_SETTINGS: dict[str, dict[str, object]] = {
    "plain": {},
    "drawn ink": {"ink": "drawing"},
    "sigma 0.5": {"sigma": 0.5},
    "boil 0.5": {"boil": 0.5},
    "boil 0.5, sigma 0.5, cubic, drawn ink": {"boil": 0.5, "sigma": 0.5, "method": "cubic", "ink": "drawing"},
}


def measure(effort: Effort) -> Result:
    scenes.start()
    empty = _spent(_KEYS * 25)
    goals: list[Goal] = []
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        for label, make in {"lines": _of_lines, "pictures": lambda: _of_pictures(Path(folder))}.items():
            ob = make()
            rows += _rows(label, _settings(ob, effort), empty, goals)
            bpy.data.objects.remove(ob)
        count = effort.few(100, 6)
        long = scenes.doodle(count, _SIZE)
        middle = 1 + scenes.EVERY * (count // 2)
        frames = range(middle + 4, middle + 9)
        found = _rounds({"a": lambda: None}, {"b": frames}, effort)["a"]["b"]
        rows.append(Row(f"lines, {count} keys", (found.milliseconds - empty, None, None, None)))
        goals.append(Goal(f"lines, {count} keys", found.milliseconds - empty, _MOST, "ms"))
        bpy.data.objects.remove(long)
        single = Table(
            f"One doodle of {_SIZE} px, milliseconds more than a frame without it ({empty:.3f} ms):",
            "doodle",
            (*_PLACES, "between keys, times the first row"),
            tuple(_compared(rows)),
        )
        return Result((single, _several(Path(folder), empty, effort, goals)), tuple(goals))


def _of_lines() -> bpy.types.Object:
    return scenes.doodle(_DRAWINGS, _SIZE)


def _of_pictures(folder: Path) -> bpy.types.Object:
    inks = [scanned(key).ink for key in range(_DRAWINGS)]
    paths = [write_png(folder / f"{n}.png", np.rint(255 * (1 - ink)).astype(np.uint8)) for n, ink in enumerate(inks)]
    return scenes.doodle_of_pictures(paths, _SIZE)


def _settings(ob: bpy.types.Object, effort: Effort) -> dict[str, dict[str, Times]]:
    def setting(values: Mapping[str, object]) -> Callable[[], object]:
        return lambda: scenes.set_up(ob, {**_PLAIN, **values})

    return _rounds({name: setting(values) for name, values in _SETTINGS.items()}, _PLACES, effort)


def _rounds(
    cases: Mapping[str, Callable[[], object]], places: Mapping[str, Sequence[int]], effort: Effort
) -> dict[str, dict[str, Times]]:
    """Seconds a frame, of each case at each kind of frames, in turn, round after round."""
    found: dict[str, dict[str, list[float]]] = {name: {place: [] for place in places} for name in cases}
    begun = time.perf_counter()
    for turn in range(effort.most):
        if turn >= effort.rounds and time.perf_counter() - begun > 4 * effort.seconds:
            break
        for name, prepare in cases.items():
            prepare()
            for place, frames in places.items():
                if turn == 0:
                    _spent(frames)  # what is kept of the keys is made once
                bpy.context.scene.frame_set(frames[-1])
                found[name][place].append(_spent(frames) / 1e3)
    return {name: {place: Times(tuple(seconds)) for place, seconds in one.items()} for name, one in found.items()}


def _spent(frames: Sequence[int]) -> float:
    """Milliseconds a frame, on average."""
    scene = bpy.context.scene
    begun = time.perf_counter()
    for frame in frames:
        scene.frame_set(frame)
    return 1e3 * (time.perf_counter() - begun) / len(frames)


def _rows(label: str, found: Mapping[str, Mapping[str, Times]], empty: float, goals: list[Goal]) -> list[Row]:
    rows = []
    for name, times in found.items():
        more = [times[place].milliseconds - empty for place in _PLACES]
        rows.append(Row(f"{label}, {name}", (*more, None)))
        goals.append(Goal(f"{label}, {name}: a frame, at its slowest", max(more), _MOST, "ms"))
    return rows


def _compared(rows: Sequence[Row]) -> list[Row]:
    first = rows[0].values[0]
    assert first is not None
    return [Row(row.label, (*row.values[:3], row.values[0] / first if row.values[0] else None)) for row in rows]


def _several(folder: Path, empty: float, effort: Effort, goals: list[Goal]) -> Table:
    """Doodles that are all live, then all hidden, then one that is baked."""
    places = {"between": _PLACES["between keys"]}
    rows, one = [], 0.0
    count = 0
    for many in (1, 5, effort.few(_MANY, 6)):
        while count < many:
            scenes.doodle(_DRAWINGS, _SIZE, first=_DRAWINGS * count)
            count += 1
        more = _rounds({"a": lambda: None}, places, effort)["a"]["between"].milliseconds - empty
        one = one or more
        rows.append(Row(f"{many} live", (more, more / many, more / one)))
    goals.append(Goal(f"{count} doodles: each, against one alone", more / count / one, 1.2, "times"))
    for ob in _doodles():
        ob.hide_viewport = True
    more = _rounds({"a": lambda: None}, {"between": _KEYS * 25}, effort)["a"]["between"].milliseconds - empty
    rows.append(Row(f"{count} hidden", (more, more / count, more / one)))
    goals.append(Goal("a hidden doodle", more / count, _NOTHING, "ms"))
    for other in _doodles()[1:]:
        bpy.data.objects.remove(other)
    (ob,) = _doodles()
    ob.hide_viewport = False
    bpy.context.view_layer.objects.active = ob
    bpy.context.view_layer.update()
    bpy.ops.doodle_bridge.bake(first=1, last=_KEYS[-1], folder=str(folder / "baked"))
    more = _rounds({"a": lambda: None}, {"between": _KEYS * 25}, effort)["a"]["between"].milliseconds - empty
    rows.append(Row("1 baked", (more, more, more / one)))
    goals.append(Goal("a baked doodle", more, _NOTHING, "ms"))
    return Table("Several, between keys:", "doodles", ("ms more", "ms each", "times one live"), tuple(rows))


def _doodles() -> list[bpy.types.Object]:
    return [ob for ob in bpy.context.scene.objects if ob.doodle_bridge.is_doodle]
