"""A page of pictures of every medium, as they are and as they are read: `python -m training.reading.page PAGE.png`.

The drawings are those of `testing`, which the reader was never trained on.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from doodle_core.engines.onnx import OnnxEngine
from doodle_core.pixels import from_pixels
from doodle_core.reading.preview import laid_on_white, preview
from doodle_core.reading.reader import read
from doodle_core.reading.seeing import seen
from doodle_core.sequence import write_png
from training.reading.evaluate import SIZE, pictures
from training.reading.media import MEDIA

__all__ = ["main", "page"]

_GAP = 8  # pixels between pictures


def page(engine: OnnxEngine, number: int = 0) -> NDArray[np.uint8]:
    """Above the pictures, one of each medium, below what is read of them: each stroke in a colour of its own.

    Parameters
    ----------
    engine : OnnxEngine
        Of a folder that holds the network "reader".
    number : int
        Which picture of the first medium; the next one of the next.

    Returns
    -------
    (2 * SIZE + gap, columns, 3) uint8
    """
    columns = []
    for place, name in enumerate(MEDIA):
        picture = pictures(name, number + place + 1)[-1][0]  # of another kind each
        shown = from_pixels(picture, paper="removed")
        below = preview(shown, read(shown, partial(seen, engine)), SIZE)[..., :3]
        gap = np.full((_GAP, SIZE, 3), 255, np.uint8)
        columns += [
            np.concatenate([laid_on_white(picture), gap, below]),
            np.full((2 * SIZE + _GAP, _GAP, 3), 255, np.uint8),
        ]
    return np.concatenate(columns[:-1], axis=1)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m training.reading.page", description="Pictures, and what is read.")
    parser.add_argument("output", type=Path, help="the PNG to write")
    parser.add_argument("--folder", type=Path, default=Path("weights"), help="where reader.onnx lies")
    parser.add_argument("--number", type=int, default=0, help="which picture is the first")
    options = parser.parse_args(arguments)
    write_png(options.output, page(OnnxEngine(options.folder.resolve(), 1), options.number))
    print(options.output)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
