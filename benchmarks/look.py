"""Pictures: from a dense model's 64 pixels, from drawings, with drawn ink, with boil."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from benchmarks.doodles import moved, scanned, scribble, walker
from benchmarks.results import Goal, Result, Row, Table
from benchmarks.timing import Effort, Times, interleaved
from doodle_core.boil import Boil
from doodle_core.drawing import Shown
from doodle_core.film import Film
from doodle_core.look import PLAIN, resample, rgba
from doodle_core.model import DoodleModel
from doodle_core.rendering import render
from doodle_core.track import LatentKey

__all__ = ["SIZES", "measure"]

SIZES = (512, 1080, 2160)
_MOST = 3.0  # milliseconds at 512 pixels
_COPIES = 2.0  # and beyond, times a copy of the picture
_ENLARGED = "field of 64 px, enlarged"
_BOIL = Boil(0.5, seed=1, wobble=1)
_STROKES, _POINTS = 60, 200


def measure(effort: Effort) -> Result:
    model = DoodleModel.load(None, "onnx", None, "cpu")
    film = _film(model, [walker(0), walker(1)])
    mixer = DoodleModel.load(Path("mixer"), "onnx", None, "cpu")
    field = mixer.decode(_film(mixer, [walker(0), walker(1)]).track.at([0.5]))[0]
    rows, goals = [], []
    for size in SIZES:
        times = interleaved(_looks(film, field, size), effort)
        copy = times.pop("copy")
        rows.append(Row(f"{size} px, a copy of it", (copy.milliseconds, 1.0)))
        for name, spent in times.items():
            rows.append(Row(f"{size} px, {name}", (spent.milliseconds, spent.over(copy))))
            told = f"{name}, {size} px"
            if size == SIZES[0]:
                goals.append(Goal(told, spent.milliseconds, _MOST, "ms"))
            elif name == _ENLARGED:
                goals.append(Goal(told, spent.over(copy), _COPIES, "copies"))
    looks = Table(
        "To RGBA, float32 (a copy: of such a picture, by numpy, on one thread):",
        "what",
        ("ms", "times a copy"),
        tuple(rows),
    )
    more, more_goals = _more(model, effort)
    return Result((looks, more), (*goals, *more_goals))


def _looks(film: Film, field: np.ndarray, size: int) -> dict[str, Callable[[], object]]:
    picture, other = np.zeros((size, size, 4), np.float32), np.zeros((size, size, 4), np.float32)
    drawing = film.pose(0.5).drawing
    return {
        "copy": lambda: np.copyto(other, picture),
        _ENLARGED: lambda: rgba(resample(field, size), PLAIN, picture),
        "the drawing between two keys": lambda: film.pose(0.5),
        "a drawing, painted": lambda: render(drawing, size, PLAIN, picture),
        "a whole frame": lambda: film.frame_rgba(0.5, size, out=picture),
    }


def _more(model: DoodleModel, effort: Effort) -> tuple[Table, list[Goal]]:
    """What drawn ink and boil add to a frame of 512 pixels."""
    size = SIZES[0]
    lines, pictures = [walker(0), walker(1)], [scanned(0), scanned(1)]
    flat, shaded = (scribble(_STROKES, _POINTS, shaded=shaded) for shaded in (False, True))
    coloured, changing = (_film(model, [one, moved(one)]) for one in (flat, shaded))
    out = np.zeros((size, size, 4), np.float32)

    def frame(film: Film, position: float, drawn: bool = False) -> Callable[[], object]:
        return lambda: film.frame_rgba(position, size, drawn_ink=drawn, out=out)

    times = interleaved(
        {
            "lines still": frame(_film(model, lines), 0.05),
            "lines": frame(_film(model, lines, _BOIL), 0.05),
            "scanned still": frame(_film(model, pictures), 0.05),
            "scanned": frame(_film(model, pictures, _BOIL), 0.05),
            "between still": frame(_film(model, pictures), 0.5),
            "between": frame(_film(model, pictures, _BOIL), 0.5),
            "ink still": frame(coloured, 0.5),
            "ink": frame(coloured, 0.5, drawn=True),
            "changing still": frame(changing, 0.5),
            "changing": frame(changing, 0.5, drawn=True),
        },
        effort,
    )
    named = {
        "lines": "boil, lines near a key",
        "scanned": "boil, a scanned picture near its key",
        "between": "boil, between two scanned pictures",
        "ink": f"drawn ink, {_STROKES} strokes of {_POINTS} points, a colour each",
        "changing": "the same, of colours that change along each",
    }
    rows, adds = [], {}
    for name, told in named.items():
        still = times[f"{name} still"]
        adds[name] = 1e3 * _median_difference(times[name], still)
        rows.append(Row(told, (times[name].milliseconds, still.milliseconds, adds[name])))
    goals = [
        Goal("boil near the key of a scanned picture, the whole frame", times["scanned"].milliseconds, 15, "ms"),
        Goal(f"drawn ink adds, {_STROKES} strokes of {_POINTS} points", adds["ink"], 10, "ms"),
    ]
    return Table(f"At {size} px:", "what", ("frame, ms", "without, ms", "added, ms"), tuple(rows)), goals


def _median_difference(one: Times, other: Times) -> float:
    return float(np.median(np.subtract(one.seconds, other.seconds)))


def _film(model: DoodleModel, drawings: Sequence[Shown], boil: Boil | None = None) -> Film:
    latents = model.encode(drawings)
    keys = [
        LatentKey(latent, float(k), drawing) for k, (latent, drawing) in enumerate(zip(latents, drawings, strict=True))
    ]
    return Film(model, model.track(keys), boil=boil or Boil())
