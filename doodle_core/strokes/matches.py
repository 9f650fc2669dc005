"""What became what between two keys, as bytes: a decision to be kept.

Scores differ in their last digits from machine to machine and from engine to engine, and where two answers are about as
good that decides. Kept with the keys, the answer is the same wherever the film is drawn.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

import numpy as np

from doodle_core.strokes.correspondence import Span
from doodle_core.strokes.lines import Line

__all__ = ["from_bytes", "to_bytes"]

_HEAD = struct.Struct("<hhHH")
_VERSION = b"\x01"


def to_bytes(spans: Sequence[Span]) -> bytes:
    """For each span `line`, `other` and the numbers of lengths (int16, int16, uint16, uint16), then the lengths `here`
    and `there` (float64); all little-endian, behind a byte that names this layout."""
    parts = [_VERSION]
    for span in spans:
        parts.append(_HEAD.pack(span.line, span.other, len(span.here), len(span.there)))
        parts += [np.asarray(lengths, "<f8").tobytes() for lengths in (span.here, span.there)]
    return b"".join(parts)


def from_bytes(data: bytes, lines: Sequence[Line], others: Sequence[Line]) -> list[Span] | None:
    """The spans that `to_bytes` wrote of these lines; None for bytes that are damaged, of another layout or of other
    lines."""
    if data[:1] != _VERSION:
        return None
    spans, at = [], 1
    while at < len(data):
        if at + _HEAD.size > len(data):
            return None
        line, other, here, there = _HEAD.unpack_from(data, at)
        at += _HEAD.size
        end = at + 8 * (here + there)
        fits = -1 <= line < len(lines) and -1 <= other < len(others) and max(line, other) >= 0
        # As many lengths as there is line, on either side; both sides bend at the same places.
        fits = fits and (line >= 0) == (here > 0) and (other >= 0) == (there > 0)
        fits = fits and 1 not in (here, there) and (line < 0 or other < 0 or here == there)
        if not fits or end > len(data):
            return None
        lengths = np.frombuffer(data, "<f8", here + there, at).astype(np.float64)
        if not np.isfinite(lengths).all():
            return None
        spans.append(Span(line, other, lengths[:here], lengths[here:]))
        at = end
    return spans
