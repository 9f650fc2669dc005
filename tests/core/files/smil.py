"""What an animated SVG shows at a time, by the rules of SMIL: a static SVG, which Skia can draw."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import numpy as np
import skia

__all__ = ["at", "drawn"]

_SVG = "http://www.w3.org/2000/svg"
_NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)")


def at(text: str, seconds: float) -> str:
    """The document with every animation replaced by the value that it has at a time."""
    root = ET.fromstring(text)
    for element in root.iter():
        for move in [child for child in element if child.tag == f"{{{_SVG}}}animate"]:
            element.set(move.get("attributeName", ""), _value(move, seconds))
            element.remove(move)
    ET.register_namespace("", _SVG)
    return ET.tostring(root, encoding="unicode")


def _value(move: ET.Element, seconds: float) -> str:
    duration = float(move.attrib["dur"].removesuffix("s"))
    assert move.get("repeatCount") == "indefinite"
    share = (seconds % duration) / duration
    values = move.attrib["values"].split(";")
    times = [float(time) for time in move.attrib["keyTimes"].split(";")]
    assert len(times) == len(values) and times[0] == 0 and times == sorted(times)
    number = max(n for n, time in enumerate(times) if time <= share + 1e-9)
    if move.get("calcMode") == "discrete":
        return values[number]
    assert times[-1] == 1, "an animation that flows is told to its end"
    number = min(number, len(times) - 2)
    part = np.clip((share - times[number]) / (times[number + 1] - times[number]), 0, 1)
    if move.get("calcMode") == "spline":
        splines = [[float(n) for n in spline.split()] for spline in move.attrib["keySplines"].split(";")]
        assert len(splines) == len(values) - 1 and all(0 <= n <= 1 for spline in splines for n in spline)
        part = _eased(part, splines[number])
    return _between(values[number], values[number + 1], part)


def _eased(part: float, spline: list[float]) -> float:
    """The height of a Bezier curve from (0, 0) to (1, 1) where its x is `part`."""
    t = np.linspace(0, 1, 2001)
    x, y = (3 * (1 - t) ** 2 * t * spline[a] + 3 * (1 - t) * t**2 * spline[a + 2] + t**3 for a in (0, 1))
    return float(np.interp(part, x, y))


def _between(first: str, second: str, part: float) -> str:
    if first.startswith("#"):
        one, two = (np.array([int(_long(colour)[n : n + 2], 16) for n in (1, 3, 5)]) for colour in (first, second))
        return "#" + "".join(f"{round(level):02x}" for level in one + part * (two - one))
    # Only paths of the same commands move from one to the other; in browsers, others jump.
    assert _NUMBER.sub("", first).replace(" ", "") == _NUMBER.sub("", second).replace(" ", "")
    one, two = ([float(n) for n in _NUMBER.findall(value)] for value in (first, second))
    numbers = iter([a + part * (b - a) for a, b in zip(one, two, strict=True)])
    return _NUMBER.sub(lambda _: f" {next(numbers):.3f} ", first)


def _long(colour: str) -> str:
    return colour if len(colour) == 7 else "#" + "".join(2 * letter for letter in colour[1:])


def drawn(text: str, size: int) -> np.ndarray:
    """(size, size, 3), 0..255: a static SVG on white, by Skia's own reader."""
    document = skia.SVGDOM.MakeFromStream(skia.MemoryStream(text.encode(), True))
    assert document is not None
    document.setContainerSize(skia.Size(size, size))
    surface = skia.Surface(size, size)
    surface.getCanvas().clear(skia.ColorWHITE)
    surface.getCanvas().scale(size / 512, size / 512)
    document.render(surface.getCanvas())
    return surface.toarray(colorType=skia.kRGBA_8888_ColorType)[..., :3].astype(float)
