"""A film as one animated SVG file, for browsers, moved by SMIL ("SVG Animations Level 2").

Every scene is a group that is shown for its time, every shape a path whose `d` moves from keyframe to keyframe. A
program that plays no animations shows the first frame.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doodle_core.files.curves import Curves
from doodle_core.files.easing import LINEAR, Keyframes
from doodle_core.files.figures import Page, figures
from doodle_core.files.motion import Motion, moved
from doodle_core.files.scenes import Scene

__all__ = ["svg"]

Floats: TypeAlias = NDArray[np.float64]


def svg(scenes: Iterable[Scene], page: Page) -> str:
    """The text of an SVG file.

    Parameters
    ----------
    scenes : of Scene
        Without gaps, from frame 0.
    page : Page
    """
    given = list(scenes)
    stop = given[-1].stop if given else 1
    width, height = (_number(side) for side in page.units)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{page.width}" height="{page.height}" '
        f'viewBox="0 0 {width} {height}" stroke-linecap="round" stroke-linejoin="round">'
    ]
    if page.paper is not None:
        lines.append(f'<path fill="{_colour(np.array(page.paper))}" d="M0 0H{width}V{height}H0z"/>')
    for scene in given:
        lines += _group(scene, page, _Clock(scene, stop, page.fps), len(given) > 1)
    lines.append("</svg>")
    return "\n".join(lines) + "\n"


class _Clock:
    """Tells the times of a scene as shares of the whole film, which goes round for ever."""

    def __init__(self, scene: Scene, stop: int, fps: float) -> None:
        self._scene, self._stop = scene, stop
        self._round = f'dur="{_number(stop / fps)}s" repeatCount="indefinite"'

    def shown(self) -> str:
        """The animation that shows a group for its scene."""
        scene = self._scene
        cuts = [0.0, scene.start / self._stop, scene.stop / self._stop]
        values = ["none", "inline", "none"]
        if scene.start == 0:
            cuts, values = cuts[1:], values[1:]
        if scene.stop == self._stop:
            cuts, values = cuts[:-1], values[:-1]
        return self._told("display", values, cuts, None)

    def animated(self, name: str, keys: Keyframes, values: Sequence[str]) -> str:
        """The animation of an attribute; nothing where it has one value."""
        if len(values) == 1:
            return ""
        scene = self._scene
        cuts = [scene.times[pick] / self._stop for pick in keys.picks]
        rows, eases = list(values), list(keys.eases)
        # The film's round has to be told from 0 to 1; before and after its scene the group is not shown.
        if cuts[0] > 0:
            cuts, rows, eases = [0.0, *cuts], [rows[0], *rows], [None, *eases]
        if all(ease is None for ease in eases):
            return self._told(name, rows, cuts, None)
        if cuts[-1] < 1:
            cuts, rows, eases = [*cuts, 1.0], [*rows, rows[-1]], [*eases, LINEAR]
        return self._told(name, rows, cuts, [LINEAR if ease is None else ease for ease in eases])

    def _told(
        self, name: str, values: Sequence[str], cuts: Sequence[float], eases: Sequence[tuple[float, float]] | None
    ) -> str:
        times = ";".join(_number(cut, 5) for cut in cuts)
        how = 'calcMode="discrete"'
        if eases is not None:
            how = ""
            if any(ease != LINEAR for ease in eases):
                splines = ";".join(f".333 {_number(low, 3)} .667 {_number(high, 3)}" for low, high in eases)
                how = f'calcMode="spline" keySplines="{splines}"'
        parts = [f'<animate attributeName="{name}"', self._round, how, f'keyTimes="{times}"']
        return " ".join(part for part in parts if part) + f' values="{";".join(values)}"/>'


def _group(scene: Scene, page: Page, clock: _Clock, several: bool) -> list[str]:
    lines = [_opened(scene, clock) if several else "<g>"]
    for figure in figures(scene, page):
        lines += _shape(moved(figure, scene), clock)
    lines.append("</g>")
    return lines


def _opened(scene: Scene, clock: _Clock) -> str:
    hidden = ' display="none"' if scene.start else ""
    return f"<g{hidden}>{clock.shown()}"


def _shape(motion: Motion, clock: _Clock) -> list[str]:
    ways = [_path(motion.curves, frame) for frame in range(len(motion.keys.picks))]
    paint = "fill" if motion.width is None else "stroke"
    attributes = [f'd="{ways[0]}"']
    inside = [clock.animated("d", motion.keys, ways)]

    def told(name: str, keys: Keyframes, rows: Floats, one: Callable[[Floats], str], usual: str) -> None:
        values = [one(row) for row in rows]
        if values[0] != usual:
            attributes.append(f'{name}="{values[0]}"')
        inside.append(clock.animated(name, keys, values))

    told(paint, motion.colour.keys, motion.colour.rows, _colour, "#000" if paint == "fill" else "none")
    told(f"{paint}-opacity", motion.opacity.keys, motion.opacity.rows, lambda row: _number(row[0], 3), "1")
    if motion.width is not None:
        told("stroke-width", motion.width.keys, motion.width.rows, lambda row: _number(row[0], 1), "1")
        attributes.append('fill="none"')
    if motion.even_odd:
        attributes.append('fill-rule="evenodd"')
    moves = "".join(inside)
    head = "<path " + " ".join(attributes)
    return [f"{head}>{moves}</path>" if moves else f"{head}/>"]


def _path(contours: Sequence[Curves], frame: int) -> str:
    """The path of some contours at one keyframe: the same commands at all."""
    parts = []
    for curves in contours:
        knots, before, after = (
            np.rint(points[frame]).astype(np.int64).tolist() for points in (curves.knots, curves.before, curves.after)
        )
        (x, y), last = knots[0], len(knots) - 1
        parts.append(f"M{x} {y}")
        for number, straight in enumerate(curves.straight.tolist()):
            if number == last and not curves.closed:
                break
            following = 0 if number == last else number + 1
            if straight:
                if number < last:
                    parts.append("l" + _pairs(knots[number], knots[following]))
            else:
                parts.append("c" + _pairs(knots[number], after[number], before[following], knots[following]))
        if curves.closed:
            parts.append("z")
    return "".join(parts)


def _pairs(origin: Sequence[int], *points: Sequence[int]) -> str:
    """Points told from an origin: numbers parted by spaces, or by their signs alone."""
    numbers = [point[axis] - origin[axis] for point in points for axis in (0, 1)]
    text = str(numbers[0])
    for number in numbers[1:]:
        text += str(number) if number < 0 else f" {number}"
    return text


def _colour(colour: Floats) -> str:
    levels = np.rint(np.clip(colour, 0, 1) * 255).astype(int).tolist()
    text = "".join(f"{level:02x}" for level in levels)
    return f"#{text[::2]}" if text[::2] == text[1::2] else f"#{text}"


def _number(value: float, digits: int = 3) -> str:
    """A number as short as it can be told."""
    text = f"{value:.{digits}f}".rstrip("0").rstrip(".") if digits else f"{value:.0f}"
    return text.removeprefix("0") if text.startswith("0.") else text
