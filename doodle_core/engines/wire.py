"""Protocol buffers as ONNX files are written in, read without the package for them, and with bounds.

The layout is that of "Encoding" (protobuf.dev): fields one after the other, each a key (number and wire type), then a
varint, 4 or 8 bytes, or a length and so many bytes. Readers of the format differ in what they do with fields that come
twice, that they do not know or that are of another type; a file that is read one way here must not be read in another
by what runs it, so all such are refused.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = [
    *("BYTES", "FIXED32", "INTS", "MANY", "MANY_FIXED32", "VARINT"),
    *("Fields", "UnknownFieldError", "packed", "read", "signed", "text"),
]

VARINT, BYTES, FIXED32 = 0, 2, 5  # the wire's own numbers
MANY, INTS, MANY_FIXED32 = 10, 11, 12  # of bytes, which may come often; of varints and of 4 bytes each, or packed

Span = tuple[int, int]
Fields = dict[int, list]
"""Values by the field's number: varints as int, the rest as (start, end) in the data."""

MOST = 100_000
"""Fields of one message."""


class UnknownFieldError(ValueError):
    """A field that the schema does not name."""

    def __init__(self, number: int) -> None:
        super().__init__(f"a part that is not known (field {number})")
        self.number = number


def read(data: bytes, start: int, end: int, schema: Mapping[int, int]) -> Fields:
    """The fields of the message in data[start:end]. `schema`: how each field is written, by its number.

    Raises ValueError for what is cut short, for a field that is not in the schema, is written otherwise or comes twice
    where it is one, and for more than MOST of them.
    """
    found: Fields = {}
    at, count = start, 0
    while at < end:
        count += 1
        if count > MOST:
            raise ValueError("too many parts")
        key = data[at]
        at += 1
        if key > 127:
            key, at = _varint(data, at - 1, end)
        number, wire = key >> 3, key & 7
        kind = schema.get(number)
        if kind is None:
            raise UnknownFieldError(number)
        value: int | Span
        if wire == VARINT:
            if kind != VARINT and kind != INTS:
                raise ValueError(f"field {number} is of another type")
            value, at = _varint(data, at, end)
        else:
            if wire == BYTES:
                length, at = _varint(data, at, end)
                fits = kind == BYTES or kind >= MANY
            elif wire == FIXED32:
                length, fits = 4, kind in (FIXED32, MANY_FIXED32)
            else:
                fits = False
            if not fits:
                raise ValueError(f"field {number} is of another type")
            value = (at, at + length)
            at += length
            if at > end:
                raise ValueError("cut short")
        if number not in found:
            found[number] = [value]
        elif kind >= MANY:
            found[number].append(value)
        else:
            raise ValueError(f"field {number} comes twice")
    return found


def packed(data: bytes, values: list) -> list[int]:
    """The signed numbers of an INTS field, each by itself or many in one. Raises ValueError as `read`."""
    numbers: list[int] = []
    for value in values:
        if isinstance(value, int):
            numbers.append(signed(value))
            continue
        at, end = value
        if end - at > 10 * MOST:
            raise ValueError("too many parts")
        while at < end:
            number, at = _varint(data, at, end)
            numbers.append(signed(number))
    return numbers


def signed(number: int) -> int:
    """A varint as the int64 that it stands for."""
    return number - (1 << 64) if number >> 63 else number


def text(data: bytes, value: Span, most: int = 4096) -> str:
    """A string. ValueError where it is longer than `most` bytes or not UTF-8."""
    start, end = value
    if end - start > most:
        raise ValueError("a name is too long")
    return data[start:end].decode("utf-8")


def _varint(data: bytes, at: int, end: int) -> tuple[int, int]:
    value = shift = 0
    while at < end:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            if value >> 64:
                raise ValueError("a number is too long")
            return value, at
        shift += 7
        if shift > 63:
            raise ValueError("a number is too long")
    raise ValueError("cut short")
