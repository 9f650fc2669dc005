"""Lines whose colour or opacity varies along them, as with the pressure of a pen.

A ribbon somewhat wider than the line is painted elsewhere with the inks of its vertices, evenly between them, each
piece over the pieces before it. Its pixels are then the ink of which the line's outline is filled. So edges are as
exact as those of any line, and no place where the line crosses itself gets darker.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import skia
from numpy.typing import NDArray

__all__ = ["Course", "Scratch", "paint_varying", "ribbons"]

_SHARP = 1.0  # radians: at sharper turns the ribbon is cut, and a patch laid under its corner
_CORNERS = 8
_FAR = 1e6  # pixels
_TOGETHER = 20_000  # triangles of one mesh, whose vertices Skia counts in 16 bits
_LINEAR = skia.SamplingOptions(skia.FilterMode.kLinear)
_CLAMP = skia.TileMode.kClamp


class Scratch:
    """Pixels as large as the picture, on which ribbons are painted, and which are the ink of the lines over them.

    Parameters
    ----------
    width, height : int
        Pixels.
    top : float
        The row of the whole painting that is the first here.
    """

    def __init__(self, width: int, height: int, top: float = 0.0) -> None:
        self._pixels = np.zeros((height, width, 4), np.float16)
        info = skia.ImageInfo.Make(width, height, skia.ColorType.kRGBA_F16_ColorType, skia.AlphaType.kPremul_AlphaType)
        self._surface = skia.Surface.MakeRasterDirect(info, self._pixels)
        self.canvas = self._surface.getCanvas()
        self.canvas.translate(0.0, -top)
        # Not a copy: the shader shows what is painted here later, too.
        self._image = skia.Image.fromarray(self._pixels, info.colorType(), info.alphaType(), None, False)
        place = skia.Matrix.Translate(0.0, top)
        self.shader = self._image.makeShader(_CLAMP, _CLAMP, skia.SamplingOptions(), place)


@dataclass(frozen=True)
class Course:
    """The polylines of lines, one after the other; closed ones repeat their first vertex.

    Parameters
    ----------
    points : (n, 2) float
        Pixels.
    radii : (n,) float
        Pixels.
    inks : (n, 4) float32
        Straight red, green, blue and opacity.
    offsets : (c + 1,) int64
        Polyline c has the vertices offsets[c]:offsets[c + 1], at least one.
    lines : (m + 1,) int64
        Line m has the polylines lines[m]:lines[m + 1], at least one.
    """

    points: NDArray[Any]
    radii: NDArray[Any]
    inks: NDArray[np.float32]
    offsets: NDArray[np.int64]
    lines: NDArray[np.int64]


def paint_varying(
    ribbon: tuple[list[skia.Vertices], skia.Paint], path: skia.Path, blurred: skia.MaskFilter | None
) -> Callable[[skia.Canvas, Scratch | None], None]:
    """The draw call of a line.

    Parameters
    ----------
    ribbon
        As of `ribbons`.
    path : skia.Path
        The line's outline.
    blurred : skia.MaskFilter or None
        How its edges are softened.
    """

    def call(canvas: skia.Canvas, scratch: Scratch | None) -> None:
        assert scratch is not None
        meshes, paint = ribbon
        for mesh in meshes:
            scratch.canvas.drawVertices(mesh, paint, skia.BlendMode.kSrc)
        # Not setShader: it copies its picture, by way of 8 bits.
        canvas.drawPath(path, skia.Paint(AntiAlias=True, Shader=scratch.shader, MaskFilter=blurred))

    return call


def ribbons(course: Course, margin: float) -> list[tuple[list[skia.Vertices], skia.Paint]]:
    """What `paint_varying` needs of each line.

    Parameters
    ----------
    course : Course
    margin : float
        Pixels that a ribbon is wider than its line on each side.
    """
    places, numbers, triangles, line = _mesh(course, margin)
    firsts = course.offsets[course.lines]
    # All triangles of a line together: the patches under sharp corners and ends first, then the pieces, in order.
    order = np.argsort(line, kind="stable")
    counts = np.bincount(line, minlength=len(firsts) - 1)
    stops = np.cumsum(counts)
    triangles = triangles[order]
    spots = places.tolist()
    owners = numbers.tolist()
    made = []
    for first, last, start, stop in zip(
        firsts[:-1].tolist(), firsts[1:].tolist(), (stops - counts).tolist(), stops.tolist(), strict=True
    ):
        meshes = []
        for begin in range(start, stop, _TOGETHER):
            used, corners = np.unique(triangles[begin : min(begin + _TOGETHER, stop)], return_inverse=True)
            vertices = used.tolist()
            mesh = skia.Vertices(
                skia.Vertices.kTriangles_VertexMode,
                [skia.Point(*spots[vertex]) for vertex in vertices],
                [skia.Point(owners[vertex] - first + 0.5, 0.5) for vertex in vertices],
                None,
                corners.ravel().tolist(),
            )
            meshes.append(mesh)
        made.append((meshes, _inks(course.inks[first:last])))
    return made


def _inks(inks: NDArray[np.float32]) -> skia.Paint:
    """A paint whose ink at (k + 1/2, 1/2) is that of vertex k, and even between two."""
    row = np.empty((1, *inks.shape), np.float32)  # with the strides of a picture of one row
    row[0] = inks
    # Straight colours: they are multiplied by the opacity after they are mixed, so that both vary evenly.
    image = skia.Image.fromarray(row, skia.ColorType.kRGBA_F32_ColorType, skia.AlphaType.kUnpremul_AlphaType)
    return skia.Paint(Shader=image.makeShader(_CLAMP, _CLAMP, _LINEAR), BlendMode=skia.BlendMode.kSrc)


def _mesh(course: Course, margin: float) -> tuple[NDArray[Any], ...]:
    """The triangles of the ribbons: patches under sharp corners and ends first, then the pieces, in order.

    Returns
    -------
    places : (k, 2)
    numbers : (k,)
        The vertex of the course whose ink is shown there.
    triangles : (t, 3)
        Numbers of places.
    line : (t,)
        The line that each triangle is of.
    """
    points, offsets = course.points, course.offsets
    step = np.diff(points, axis=0, append=points[-1:])
    step[offsets[1:] - 1] = 0.0  # nothing leads on from the last vertex of a polyline
    length = np.hypot(step[:, 0], step[:, 1])
    real = np.flatnonzero(length > 1e-6)
    way = step[real] / length[real, None]
    across = np.stack([-way[:, 1], way[:, 0]], axis=1)
    fall = np.abs(course.radii[real] - course.radii[np.minimum(real + 1, len(points) - 1)])
    steep = 1.0 / np.sqrt(np.maximum(1.0 - np.minimum(fall / length[real], 1.0) ** 2, 0.25))
    wide = [(course.radii[real + end] * steep + margin)[:, None] for end in (0, 1)]

    corners = [points[real] + across * wide[0], points[real] - across * wide[0]]
    corners += [points[real + 1] + across * wide[1], points[real + 1] - across * wide[1]]
    # Where one piece follows another without a sharp turn, both end on the line that halves the angle between them.
    follows = np.flatnonzero(np.diff(real) == 1)
    cosine = (way[follows] * way[follows + 1]).sum(axis=1)
    joined = follows[cosine > np.cos(_SHARP)]
    middle = across[joined] + across[joined + 1]
    middle *= 2.0 / (middle**2).sum(axis=1, keepdims=True)
    far = np.maximum(wide[1][joined], wide[0][joined + 1])
    corners[2][joined] = corners[0][joined + 1] = points[real[joined] + 1] + middle * far
    corners[3][joined] = corners[1][joined + 1] = points[real[joined] + 1] - middle * far

    loose = np.ones(len(points), np.bool_)
    loose[real[joined] + 1] = False
    patches = np.flatnonzero(loose)
    turn = np.arange(_CORNERS) * (2 * np.pi / _CORNERS)
    ring = np.stack([np.cos(turn), np.sin(turn)], axis=1) / np.cos(np.pi / _CORNERS)
    rings = points[patches, None] + ring * (course.radii[patches] + margin)[:, None, None]
    places = np.concatenate([rings.reshape(-1, 2), np.stack(corners, axis=1).reshape(-1, 2)])
    numbers = np.concatenate([np.repeat(patches, _CORNERS), np.repeat(real, 4) + np.tile([0, 0, 1, 1], len(real))])
    fan = np.array([[0, k, k + 1] for k in range(1, _CORNERS - 1)])
    pair = np.array([[0, 1, 2], [2, 1, 3]])
    triangles = np.concatenate(
        [
            (np.arange(len(patches))[:, None, None] * _CORNERS + fan).reshape(-1, 3),
            (len(patches) * _CORNERS + np.arange(len(real))[:, None, None] * 4 + pair).reshape(-1, 3),
        ]
    )
    owner = np.repeat(np.arange(len(course.lines) - 1), np.diff(offsets[course.lines]))
    line = owner[np.concatenate([np.repeat(patches, len(fan)), np.repeat(real, len(pair))])]
    return np.clip(places, -_FAR, _FAR), numbers, triangles, line
