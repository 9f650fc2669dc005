"""Picture files as keys: sheets cut into cells, ink told from paper, and what was found, to be looked at.

Everything heavy is imported when it is needed, so that `doodle --help` answers at once.
"""

from __future__ import annotations

import contextlib
import math
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from doodle_core.errors import DoodleError
from doodle_core.reading.settings import Reading

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from doodle_core.drawing import Drawing, Picture
    from doodle_core.reading.sheets import Grid

__all__ = ["Input", "Key", "Laying", "Sheet", "cells_of_file", "polarity_of", "read_input", "shown_keys", "warnings"]

Polarity: TypeAlias = Literal["dark", "light"]
Pixels: TypeAlias = "NDArray[Any]"

_LARGEST = 2048  # pixels a side that are kept of a picture, as `from_pixels` does
_PROBE = 512  # pixels a side on which a large picture's polarity is decided
_INK = 512 << 20  # bytes of ink and its colours in memory, of all keys together
_BYTES = 7  # of a pixel's ink and colour
_FAINT = 0.08  # a cell of a sheet with nowhere more ink is blank: what JPEG and scanners leave on paper
_SHOWN = 1024  # pixels a side of a preview
_BOXED = 1600  # pixels a side of a sheet that is shown with its boxes, at most


@dataclass(frozen=True)
class Sheet:
    """What a picture file holds: so many drawings, in columns and rows."""

    columns: int = 1
    rows: int = 1

    @property
    def cells(self) -> int:
        return self.columns * self.rows


@dataclass(frozen=True)
class Laying:
    """How pictures are to be written: in which polarity, and whether grey ones show the colours' luma.

    They do not where colours have no paper, having been drawn by alpha, or papers differ: then ink is ink.
    """

    polarity: Polarity
    laid: bool


@dataclass(frozen=True, eq=False)
class Key:
    """A picture that is a key, and where it comes from: 'sheet.png' or 'sheet.png, cell 3'."""

    name: str
    picture: Picture


@dataclass(frozen=True, eq=False)
class Input:
    """What was read.

    Parameters
    ----------
    keys : tuple of Key
        In order, without blank cells.
    laying : Laying
        Of the first picture.
    notes : tuple of str
        Lines for people: which cells are blank.
    """

    keys: tuple[Key, ...]
    laying: Laying
    notes: tuple[str, ...]

    @property
    def pictures(self) -> list[Picture]:
        return [key.picture for key in self.keys]


def read_input(
    paths: Sequence[Path], sheet: Sheet, reading: Reading, seen: Callable[[Path, Pixels, Grid], None] | None = None
) -> Input:
    """Every picture, or every cell of every sheet.

    Parameters
    ----------
    paths : sequence of Path
    sheet : Sheet
    reading : Reading
    seen : callable or None
        Told of each file's pixels and where its cells lie, if it is a sheet.

    Raises
    ------
    DoodleError
        Naming the picture that cannot be read, or has nothing drawn in it.
    """
    # Of very many pictures (over 18) less is kept of each, so that all are there at once.
    side = min(_LARGEST, max(_PROBE // 8, math.isqrt(_INK // _BYTES // (len(paths) * sheet.cells))))
    keys: list[Key] = []
    layings: list[Laying] = []
    blank: list[str] = []
    for path in paths:
        with _quiet():
            cells, laying = cells_of_file(path, sheet, reading, side, seen)
        gone = [number for number, cell in enumerate(cells, 1) if _is_blank(cell, len(cells))]
        if len(gone) == len(cells):
            raise DoodleError(_nothing_in(path, len(cells)))
        if gone:
            which = f"cell {gone[0]} is" if len(gone) == 1 else f"cells {', '.join(map(str, gone))} are"
            blank.append(f"{path}: {which} blank: skipped")
        names = [f"{path}, cell {number}" if len(cells) > 1 else str(path) for number in range(1, len(cells) + 1)]
        keys += [
            Key(name, cell)
            for number, (name, cell) in enumerate(zip(names, cells, strict=True), 1)
            if number not in gone
        ]
        layings.append(laying)
    laid = all(one == Laying(layings[0].polarity, True) for one in layings)
    return Input(tuple(keys), Laying(layings[0].polarity, laid), tuple(blank))


def cells_of_file(
    path: Path,
    sheet: Sheet,
    reading: Reading,
    side: int | None = None,
    seen: Callable[[Path, Pixels, Grid], None] | None = None,
) -> tuple[list[Picture], Laying]:
    """A file's cells, of at most `side` pixels, blank ones included, and how pictures like it are written. What is
    paper is decided for the whole sheet: the border of one cell may be crossed by ink."""
    from doodle_core.pixels import drawn_by_alpha, from_pixels
    from doodle_core.reading.files import read_picture
    from doodle_core.reading.sheets import cells_of, grid_of

    pixels = read_picture(path)
    with _naming(path):
        found = polarity_of(pixels) if reading.ink in ("auto", "colours") else _known(reading.ink)
        laying = Laying(found, not drawn_by_alpha(pixels))
        grid = grid_of(pixels, sheet.columns, sheet.rows) if sheet.cells > 1 else None
        parts = [pixels] if grid is None else cells_of(pixels, grid)
        if seen is not None and grid is not None:
            seen(path, pixels, grid)
    cells = []
    for number, part in enumerate(parts, 1):
        with _naming(f"{path}, cell {number}" if len(parts) > 1 else path):
            cells.append(from_pixels(part, found, side, reading.paper, all_colours=reading.ink == "colours"))
    return cells, laying


def polarity_of(pixels: Pixels) -> Polarity:
    """What from_pixels decides for these pixels, seen on a thinned copy; for drawings made of alpha, their colour."""
    import numpy as np

    from doodle_core.pixels import from_pixels

    step = max(1, min(pixels.shape[:2]) // _PROBE)
    few = pixels[::step, ::step]
    auto, dark, light = (from_pixels(few, polarity).ink for polarity in ("auto", "dark", "light"))
    if not np.array_equal(dark, light):
        return "dark" if np.array_equal(auto, dark) else "light"
    if few.ndim < 3:
        return "dark"
    # Alpha alone draws here, whatever the polarity: light ink wants a dark paper.
    alpha = few[..., -1].astype(np.float64)
    grey = few[..., :-1].astype(np.float64).mean(axis=2)
    scale = float(np.iinfo(few.dtype).max) if few.dtype.kind == "u" else 1.0
    return "light" if (grey * alpha).sum() > 0.5 * scale * alpha.sum() else "dark"


def warnings(keys: Sequence[Key], drawings: Sequence[Drawing]) -> Iterator[str]:
    """A line for each key of whose picture much was not read, or which is hardly a drawing."""
    from doodle_core.reading.preview import warning_about

    for key, drawing in zip(keys, drawings, strict=True):
        about = warning_about(key.picture, drawing)
        if about:
            yield f"{key.name}: {about}"


def shown_keys(keys: Sequence[Key], drawings: Sequence[Drawing]) -> Iterator[NDArray[np.uint8]]:
    """For each key a picture of the lines that were read over what they were read of."""
    from doodle_core.reading.preview import preview

    for key, drawing in zip(keys, drawings, strict=True):
        yield preview(key.picture, drawing, _SHOWN)


def shown_sheet(pixels: Pixels, grid: Grid) -> NDArray[np.uint8]:
    """A sheet with boxes around its cells, (H, W, 3), of at most 1,600 pixels a side."""
    from doodle_core.reading.preview import boxed, laid_on_white

    step = max(1, -(-max(pixels.shape[:2]) // _BOXED))
    return boxed(laid_on_white(pixels[::step, ::step]), grid.corners() / step)


def _known(ink: str) -> Polarity:
    return "light" if ink == "light" else "dark"


def _is_blank(picture: Picture, cells: int) -> bool:
    from doodle_core.drawing import is_empty

    return is_empty(picture) if cells == 1 else float(picture.ink.max()) < _FAINT


def _nothing_in(path: Path, cells: int) -> str:
    if cells == 1:
        return f"{path}: nothing is drawn; draw something, leave it out, or say what is ink with --ink"
    return f"{path}: nothing is drawn in any of its cells; check --sheet, or say what is ink with --ink"


@contextlib.contextmanager
def _naming(name: object) -> Iterator[None]:
    """Name the picture in an error that does not know it."""
    try:
        yield
    except DoodleError as error:
        raise DoodleError(f"{name}: {error}") from error


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Silence what C libraries (libtiff) print about a damaged file on their own: we say it in one line."""
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
