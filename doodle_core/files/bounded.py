"""Files from anywhere, read whole, but never more bytes than fit, and only regular files."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

__all__ = ["check_file", "is_own", "read_table", "read_whole", "table_of", "weights_folder"]


def weights_folder() -> Path:
    """The folder of the bundled model: inside the installed package, or beside it in a checkout."""
    library = Path(__file__).parents[1]
    inside = library / "weights"
    return inside if (inside / "card.json").exists() else library.parent / "weights"


def is_own(folder: Path) -> bool:
    """Whether a model came with this program: whoever could alter it could alter the program."""
    return folder.resolve().is_relative_to(weights_folder().resolve())


def check_file(path: Path) -> int:
    """The size of a file in bytes. ValueError for what is none: a pipe would be waited on for ever, and a device has
    no end. OSError where there is nothing."""
    about = path.stat()
    if not stat.S_ISREG(about.st_mode):
        raise ValueError("it is not a file")
    return about.st_size


def read_whole(path: Path, most: int) -> bytes:
    """The bytes of a file. ValueError where it is no file, or larger than `most` bytes; OSError as `open`'s."""
    size = check_file(path)
    if size <= most:
        with path.open("rb") as file:
            data = file.read(size + 1)
        if len(data) == size:
            return data
        raise ValueError("it is being written")
    raise ValueError(f"it is larger than {_size(most)}")


def read_table(path: Path, most: int = 1 << 20) -> dict[str, Any]:
    """The JSON object in a file. ValueError where it is not one, or larger than `most` bytes, or nested beyond
    reason; OSError as `open`'s."""
    return table_of(read_whole(path, most))


def table_of(data: bytes) -> dict[str, Any]:
    """The JSON object in UTF-8 bytes. ValueError where it is not one, or nested beyond reason."""
    try:
        table = json.loads(data)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if not isinstance(table, dict):
        raise ValueError("it holds no table")
    return table


def _size(count: int) -> str:
    return f"{count >> 20} MB" if count >= 1 << 20 else f"{count >> 10} KB"
