"""The safetensors format, read with numpy: Blender's Python may have torch, and no package for this."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from doodle_core.engines.engine import LARGEST_FILE
from doodle_core.files.bounded import read_whole, table_of

__all__ = ["read_tensors"]

_KINDS = {"F16": "<f2", "F32": "<f4", "I64": "<i8"}
_LONGEST_HEADER = 1 << 20


def read_tensors(path: Path) -> dict[str, NDArray[np.generic]]:
    """The arrays of a file by name, as they are stored. ValueError where it is no such file, OSError as `open`'s.

    The format: the header's length as 8 bytes, little-endian; the header, JSON of dtype, shape and the bytes' place by
    name; the bytes.
    """
    data = read_whole(path, LARGEST_FILE)
    length = int.from_bytes(data[:8], "little")
    if len(data) < 8 or length > min(len(data) - 8, _LONGEST_HEADER):
        raise ValueError("not a file of tensors")
    header = table_of(data[8 : 8 + length])
    body = memoryview(data)[8 + length :]
    arrays, places = {}, []
    try:
        for name, entry in header.items():
            if name == "__metadata__":
                continue
            first, last = (int(place) for place in entry["data_offsets"])
            if not 0 <= first <= last <= len(body):
                raise ValueError(f"'{name}' lies outside the file")
            shape = tuple(int(side) for side in entry["shape"])
            if len(shape) > 8 or any(side < 0 for side in shape):
                raise ValueError(f"'{name}' has a shape that no array has")
            arrays[name] = np.frombuffer(body[first:last], _KINDS[entry["dtype"]]).reshape(shape)
            places.append((first, last))
    except (KeyError, TypeError, AttributeError, OverflowError) as error:
        raise ValueError(f"its header is damaged ({error})") from error
    places.sort()
    if any(after < end for (_, end), (after, _) in pairwise(places)):
        raise ValueError("two of its arrays overlap")
    return arrays
