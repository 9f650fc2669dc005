"""Pictures as keys: several files, or sheets cut into a grid of cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from .. import requirements

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from doodle_core.drawing import Picture

    Polarity = Literal["auto", "dark", "light"]

__all__ = ["PictureCell", "Sheet", "read"]

PROBE = 512
"""Pixels a side of the thinned sheet on which ink is told from paper."""


@dataclass(frozen=True)
class Sheet:
    """How picture files become keys: each is cut into columns x rows cells, row by row; ink is 'auto', 'dark' or
    'light'."""

    columns: int = 1
    rows: int = 1
    polarity: str = "auto"


@dataclass(frozen=True, eq=False)
class PictureCell:
    """A cell of a picture file, as a drawing. `cell` counts row by row from 0."""

    path: Path
    cell: int
    drawing: Picture


def read(paths: Sequence[Path], sheet: Sheet) -> list[PictureCell]:
    """All cells of all files in order, empty ones included. Raises DoodleError, naming the file, for one that is no
    picture or cannot be cut.

    A file is read once, however often it is named in a row.
    """
    requirements.ensure()
    return [cell for path in paths for cell in _cells(path, sheet)]


def _cells(path: Path, sheet: Sheet) -> list[PictureCell]:
    """Those of one file, whose pixels go before the next one's come."""
    from doodle_core import raster
    from doodle_core.errors import DoodleError
    from doodle_core.sequence import read_picture

    pixels = read_picture(path)
    try:
        # The border of one cell may be crossed by ink: paper is decided once, for the whole sheet.
        polarity = _polarity(pixels, sheet)
        parts = raster.split_sheet(pixels, sheet.columns, sheet.rows)
        return [PictureCell(path, i, raster.from_pixels(part, polarity)) for i, part in enumerate(parts)]
    except DoodleError as error:
        raise DoodleError(f"{path}: {error}") from error


def _polarity(pixels: NDArray[Any], sheet: Sheet) -> Polarity:
    from doodle_core import raster

    chosen = cast("Polarity", sheet.polarity)
    if chosen != "auto" or sheet.columns * sheet.rows == 1:
        return chosen
    step = max(1, min(pixels.shape[:2]) // PROBE)
    few = pixels[::step, ::step]
    same = (raster.from_pixels(few, "auto").ink == raster.from_pixels(few, "dark").ink).all()
    return "dark" if same else "light"
