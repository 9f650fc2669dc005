"""Arrays out of a .npz of any origin, within bounds and without pickles.

numpy's own reader believes what a file says: an array's header may promise terabytes, a member unpack to gigabytes.
What `np.savez` writes is read here, and nothing that it does not write.
"""

from __future__ import annotations

import io
import math
import struct
import zipfile
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["read_arrays"]

_MEMBERS = 64
_DIRECTORY = 1 << 16  # bytes
_END = struct.Struct("<4s4H2IH")  # a zip's last bytes, as they are without a comment


def read_arrays(data: bytes, most: int) -> dict[str, NDArray[Any]]:
    """The arrays of a .npz file by name: numbers and words, read-only. `most`: bytes that they may unpack to.

    Raises ValueError, in a few words, where it is damaged, larger or not such a file.
    """
    try:
        return _read(data, most)
    except (zipfile.BadZipFile, zlib.error, struct.error, OSError, EOFError, RuntimeError, SyntaxError) as error:
        raise ValueError(str(error)[:200] or type(error).__name__) from error
    except (TypeError, LookupError, AttributeError, ArithmeticError) as error:
        raise ValueError(f"an array is damaged ({str(error)[:200]})") from error
    except ValueError as error:  # numpy repeats headers of any length
        raise ValueError(" ".join(str(error).split())[:200]) from error


def _read(data: bytes, most: int) -> dict[str, NDArray[Any]]:
    if len(data) < _END.size or data[-_END.size :][:4] != b"PK\5\6":
        raise ValueError("not a file of arrays, or cut short")
    *_, count, size, _, comment = _END.unpack(data[-_END.size :])
    # Each entry becomes an object: a directory of millions takes gigabytes before one of them is looked at.
    if count > _MEMBERS or size > _DIRECTORY or comment or b"PK\6\7" in data[-_END.size - 20 : -_END.size]:
        raise ValueError("more arrays than were stored")
    arrays = {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
        if len(members) > _MEMBERS or sum(member.file_size for member in members) > most:
            raise ValueError(f"it unpacks to more than {most >> 20} MB")
        for member in members:
            with archive.open(member) as file:
                body = file.read(member.file_size + 1)  # told how much, it unpacks no more at once
            arrays[member.filename.removesuffix(".npy")] = _array(body)
    return arrays


def _array(body: bytes) -> NDArray[Any]:
    file = io.BytesIO(body)
    version = np.lib.format.read_magic(file)
    if version == (1, 0):
        shape, fortran, dtype = np.lib.format.read_array_header_1_0(file)
    elif version == (2, 0):
        shape, fortran, dtype = np.lib.format.read_array_header_2_0(file)
    else:
        raise ValueError(f"an array of version {version}")
    rest = memoryview(body)[file.tell() :]
    if dtype.kind not in "biufU" or dtype.itemsize < 1 or len(shape) > 8 or any(side < 0 for side in shape):
        raise ValueError("an array that is not of numbers or words")
    if math.prod(shape) * dtype.itemsize != len(rest):
        raise ValueError("an array that does not hold what it says")
    return np.frombuffer(rest, dtype).reshape(shape, order="F" if fortran else "C")
