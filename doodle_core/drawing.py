"""What a key shows: strokes or a picture, on the square canvas.

Canvas units: the canvas is the square [0, 1] x [0, 1], x to the right, y DOWN, like the rows of a picture.
"""

from __future__ import annotations

import hashlib
import io
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from doodle_core.arrays import read_arrays
from doodle_core.errors import DoodleError

__all__ = ["Drawing", "Picture", "Strokes", "digest", "from_bytes", "is_empty", "to_bytes"]

_MAX_UNPACKED = 1 << 26  # bytes; a stored drawing that unpacks to more is damaged or hostile
_MAX_INK = 1 << 24  # pixels, likewise: pictures are kept at 1024 x 1024


@dataclass(frozen=True, eq=False)
class Strokes:
    """Pen strokes as polylines; stroke i is points[offsets[i]:offsets[i + 1]]. The arrays become read-only copies.

    points     (N, 2) float32, canvas units; may lie outside the canvas
    radii      (N,) float32, canvas units, >= 0: half the line's width. Radius 0 draws nothing (a filled stroke its
    inside)
    opacities  (N,) float32, 0..1: multiplies the coverage. Opacity 0 draws nothing
    offsets    (S + 1,) int32, rising from 0 to N; a stroke without points is allowed and draws nothing
    cyclic     (S,) bool: the last point joins the first
    filled     (S,) bool: solid ink inside the closed outline (nonzero winding), beside the line itself
    colours    (N, 3) float32 linear red, green and blue, 0..1 each; later strokes lie over earlier ones. None: not
    known (without points, too)

    Raises DoodleError, naming the stroke, for NaN, infinity, a negative radius, or an opacity or colour outside 0..1.
    """

    points: NDArray[np.float32]
    radii: NDArray[np.float32]
    opacities: NDArray[np.float32]
    offsets: NDArray[np.int32]
    cyclic: NDArray[np.bool_]
    filled: NDArray[np.bool_]
    colours: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        points = _own(self.points, np.float32)
        if points.size == 0:
            points = _own(points.reshape(0, 2), np.float32)
        if points.ndim != 2 or points.shape[1] != 2:
            raise DoodleError(f"points have shape {points.shape}; give (N, 2)")
        count = len(points)
        radii, opacities = _own(self.radii, np.float32), _own(self.opacities, np.float32)
        offsets = _own(self.offsets, np.int32)
        rising = offsets.ndim == 1 and len(offsets) > 0 and offsets[0] == 0 and bool((np.diff(offsets) >= 0).all())
        if not rising or offsets[-1] != count:
            raise DoodleError(f"offsets must rise from 0 to the number of points, {count}")
        strokes = len(offsets) - 1
        cyclic, filled = _own(self.cyclic, np.bool_), _own(self.filled, np.bool_)
        for name, array, length in (
            ("radii", radii, count),
            ("opacities", opacities, count),
            ("cyclic", cyclic, strokes),
            ("filled", filled, strokes),
        ):
            if array.shape != (length,):
                raise DoodleError(f"{name} have shape {array.shape}; give ({length},)")
        _refuse(~np.isfinite(points).all(axis=1), offsets, "a point that is not a finite number; remove it")
        _refuse(~(np.isfinite(radii) & (radii >= 0)), offsets, "a radius that is not a number from 0; give 0 or more")
        _refuse(~((opacities >= 0) & (opacities <= 1)), offsets, "an opacity outside 0 to 1; give 0 to 1")
        colours = None if self.colours is None or count == 0 else _own(self.colours, np.float32)
        if colours is not None:
            if colours.shape != (count, 3):
                raise DoodleError(f"colours have shape {colours.shape}; give ({count}, 3)")
            shown = ((colours >= 0) & (colours <= 1)).all(axis=1)  # NaN compares false
            _refuse(~shown, offsets, "a colour outside 0 to 1; give red, green and blue, 0 to 1 each")
        for name, array in (
            ("points", points),
            ("radii", radii),
            ("opacities", opacities),
            ("offsets", offsets),
            ("cyclic", cyclic),
            ("filled", filled),
        ):
            object.__setattr__(self, name, array)
        object.__setattr__(self, "colours", colours)

    def __len__(self) -> int:
        """Number of strokes."""
        return len(self.offsets) - 1

    @cached_property
    def plain(self) -> NDArray[np.float32] | None:
        """The one colour, (3,), that all ink has; None where it has several, or none is known."""
        if self.colours is None:
            return None
        inked = (self.opacities > 0) & ((self.radii > 0) | np.repeat(self.filled, np.diff(self.offsets)))
        colours = self.colours[inked]
        return colours[0] if len(colours) and (colours == colours[0]).all() else None

    @cached_property
    def palette(self) -> bytes:
        """A name of the colours and where they lie; b"" where none are known."""
        if self.colours is None:
            return b""
        return hashlib.blake2b(self.points.tobytes() + self.colours.tobytes(), digest_size=16).digest()

    @classmethod
    def make(
        cls,
        polylines: Sequence[ArrayLike] = (),
        radii: float | Sequence[ArrayLike] = 0.02,
        opacities: float | Sequence[ArrayLike] = 1.0,
        cyclic: bool | Sequence[bool] = False,
        filled: bool | Sequence[bool] = False,
        colours: Sequence[ArrayLike] | None = None,
    ) -> Strokes:
        """Strokes from a list of polylines, each (n, 2) in canvas units.

        radii, opacities: one number for all, or one entry a stroke (a number, or (n,) for its points);
        cyclic, filled: one flag for all, or one a stroke; colours: one entry a stroke, (3,) or (n, 3) for its points.
        Raises DoodleError, naming the stroke, for anything else.
        """
        lines = [_polyline(line, number) for number, line in enumerate(polylines, 1)]
        lengths = [len(line) for line in lines]
        return cls(
            points=np.concatenate([np.zeros((0, 2)), *lines]),
            radii=_single(_per_point(radii, lengths, "radii")),
            opacities=_single(_per_point(opacities, lengths, "opacities")),
            offsets=np.cumsum([0, *lengths]),
            cyclic=_per_stroke(cyclic, len(lines), "cyclic"),
            filled=_per_stroke(filled, len(lines), "filled"),
            colours=None if colours is None else _single(_colour_per_point(colours, lengths)),
        )


@dataclass(frozen=True, eq=False)
class Picture:
    """Ink coverage on the square canvas.

    ink  (n, n) float32, n >= 1, 0 = paper, 1 = ink; row j, column i has its centre at ((i + 0.5) / n, (j + 0.5) / n).
         Becomes a read-only copy. Raises DoodleError for another shape, NaN, or values outside 0..1.
    """

    ink: NDArray[np.float32]

    def __post_init__(self) -> None:
        ink = _own(self.ink, np.float32)
        if ink.ndim != 2 or ink.shape[0] != ink.shape[1] or ink.shape[0] < 1:
            raise DoodleError(f"ink has shape {ink.shape}; give a square (n, n)")
        if not ((ink >= 0) & (ink <= 1)).all():  # NaN compares false
            raise DoodleError("ink has values that are not between 0 and 1; scale the picture to 0..1")
        object.__setattr__(self, "ink", ink)


Drawing: TypeAlias = Strokes | Picture

_STROKE_ARRAYS = ("points", "radii", "opacities", "offsets", "cyclic", "filled")


def to_bytes(drawing: Drawing) -> bytes:
    """The drawing as compact bytes (a zlib-compressed .npz without pickles); from_bytes gives it back bit for bit.

    Ink in whole 255ths or 65535ths, as from picture files, is stored as 8 or 16 bit.
    """
    arrays: dict[str, NDArray[Any]]
    if isinstance(drawing, Strokes):
        arrays = {name: _little(array) for name, array in _stroke_arrays(drawing)}
    else:
        arrays = {"ink": _packed(drawing.ink)}
    buffer = io.BytesIO()
    # The arrays are stored plain and the whole is compressed once: their headers are alike, and most of a short stroke.
    np.savez(buffer, **arrays)
    return zlib.compress(buffer.getvalue(), 6)


def from_bytes(data: bytes) -> Drawing:
    """The drawing that to_bytes stored. Raises DoodleError when the bytes are damaged, not a drawing, or unpack to more
    than a drawing (64 MB, 16 megapixels of ink)."""
    try:
        unpacker = zlib.decompressobj()
        arrays = read_arrays(unpacker.decompress(data, _MAX_UNPACKED), _MAX_UNPACKED)
        if "ink" in arrays:
            if arrays["ink"].size > _MAX_INK:
                raise ValueError(f"{arrays['ink'].size} pixels")
            return Picture(_unpacked(arrays["ink"]))
        return Strokes(**{name: arrays[name] for name in _STROKE_ARRAYS}, colours=arrays.get("colours"))
    except (zlib.error, KeyError, MemoryError, TypeError, OverflowError, ValueError) as error:
        raise DoodleError(f"a stored drawing is damaged ({error}); make the key again from its source") from error


def digest(drawing: Drawing) -> str:
    """Hex sha256 of the content: equal drawings have equal digests, on every machine."""
    total = hashlib.sha256()
    arrays = _stroke_arrays(drawing) if isinstance(drawing, Strokes) else [("ink", drawing.ink)]
    for name, array in arrays:
        array = _little(array)
        if array.dtype.kind == "f":
            array = array + np.float32(0)  # -0 and 0 are the same place
        total.update(f"{name}{array.shape}".encode())
        total.update(np.ascontiguousarray(array).tobytes())
    return total.hexdigest()


def is_empty(drawing: Drawing) -> bool:
    """True when the drawing holds no ink at all, wherever its canvas ends."""
    if isinstance(drawing, Picture):
        return not drawing.ink.any()
    points = np.diff(drawing.offsets)
    owner = np.repeat(np.arange(len(drawing)), points)
    wide = np.bincount(owner, drawing.radii > 0, len(drawing)) > 0
    seen = np.bincount(owner, drawing.opacities > 0, len(drawing)) > 0
    return not (seen & (wide | (drawing.filled & (points > 2)))).any()


def _stroke_arrays(strokes: Strokes) -> list[tuple[str, NDArray[Any]]]:
    """What is stored of strokes. Nothing of colours where none are known: bytes and digest from before there were any
    stay as they are."""
    arrays = [(name, getattr(strokes, name)) for name in _STROKE_ARRAYS]
    return arrays if strokes.colours is None else [*arrays, ("colours", strokes.colours)]


def _own(array: ArrayLike, dtype: Any) -> NDArray[Any]:
    """A read-only copy of an array, so that a drawing cannot change behind its digest."""
    with np.errstate(over="ignore", invalid="ignore"):  # too large for float32 becomes inf, and is refused by name
        copy = np.array(array, dtype=dtype, order="C")
    copy.flags.writeable = False
    return copy


def _single(values: NDArray[np.float64]) -> NDArray[np.float32]:
    with np.errstate(over="ignore"):  # becomes inf, and is refused by name
        return values.astype(np.float32)


def _little(array: NDArray[Any]) -> NDArray[Any]:
    return array.astype(array.dtype.newbyteorder("<"), copy=False)


def _refuse(bad: NDArray[np.bool_], offsets: NDArray[np.int32], what: str) -> None:
    """Raise a DoodleError that names the first stroke (counted from 1) with a bad point."""
    if bad.any():
        stroke = int(np.searchsorted(offsets, int(np.argmax(bad)), side="right"))
        raise DoodleError(f"stroke {stroke} has {what}")


def _polyline(line: ArrayLike, number: int) -> NDArray[np.float64]:
    points = np.asarray(line, np.float64)
    if points.size == 0:
        return np.zeros((0, 2))
    if points.ndim != 2 or points.shape[1] != 2:
        raise DoodleError(f"stroke {number} has points of shape {points.shape}; give (n, 2)")
    return points


def _per_point(value: float | Sequence[ArrayLike], lengths: list[int], name: str) -> NDArray[np.float64]:
    if isinstance(value, int | float | np.number):
        return np.full(sum(lengths), float(value))
    if len(value) != len(lengths):
        raise DoodleError(f"{name} have {len(value)} entries for {len(lengths)} strokes; give one a stroke")
    parts = []
    for index, (entry, length) in enumerate(zip(value, lengths, strict=True)):
        numbers = np.asarray(entry, np.float64)
        if numbers.shape not in ((), (length,)):
            raise DoodleError(f"stroke {index + 1} has {length} points and {name} of shape {numbers.shape}")
        parts.append(np.broadcast_to(numbers, (length,)))
    return np.concatenate([np.zeros(0), *parts])


def _colour_per_point(value: Sequence[ArrayLike], lengths: list[int]) -> NDArray[np.float64]:
    if len(value) != len(lengths):
        raise DoodleError(f"colours have {len(value)} entries for {len(lengths)} strokes; give one a stroke")
    parts = []
    for index, (entry, length) in enumerate(zip(value, lengths, strict=True)):
        colour = np.asarray(entry, np.float64)
        if colour.shape not in ((3,), (length, 3)):
            raise DoodleError(f"stroke {index + 1} has {length} points and colours of shape {colour.shape}")
        parts.append(np.broadcast_to(colour, (length, 3)))
    return np.concatenate([np.zeros((0, 3)), *parts])


def _per_stroke(value: bool | Sequence[bool], count: int, name: str) -> NDArray[np.bool_]:
    if isinstance(value, bool | np.bool_):
        return np.full(count, bool(value))
    if len(value) != count:
        raise DoodleError(f"{name} has {len(value)} entries for {count} strokes; give one a stroke")
    return np.asarray(value, np.bool_)


def _packed(ink: NDArray[np.float32]) -> NDArray[Any]:
    """Ink as uint8 or uint16 where that loses nothing, else as it is."""
    for dtype in (np.uint8, np.dtype("<u2")):
        levels = np.rint(ink.astype(np.float64) * np.iinfo(dtype).max).astype(dtype)
        if np.array_equal(_unpacked(levels), ink):
            return levels
    return _little(ink)


def _unpacked(stored: NDArray[Any]) -> NDArray[np.float32]:
    if stored.dtype.kind == "u":
        return (stored / float(np.iinfo(stored.dtype).max)).astype(np.float32)
    return stored.astype(np.float32)
