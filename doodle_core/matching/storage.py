"""What became what between two keys, as bytes: a decision to be kept.

Scores differ in their last digits from machine to machine and from engine to engine, and where two answers are about as
good that decides. Kept with the keys, the answer is the same wherever the film is drawn.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np

from doodle_core.geometry.contour import Contour
from doodle_core.matching.correspondence import Span

__all__ = ["from_bytes", "to_bytes"]

_VERSION = b"\x03"
_MOST = 1 << 28  # bytes; what unpacks to more is damaged or hostile


def to_bytes(spans: Sequence[Span]) -> bytes:
    """The spans, behind a byte that names this layout and compressed: their number (int32), for each `line`, `other`
    and the numbers of lengths (4 int32), then `sure` of each (float32) and the lengths `here` and `there` of each
    (float64); all little-endian."""
    heads = np.array([[s.line, s.other, len(s.here), len(s.there)] for s in spans], "<i4").reshape(-1, 4)
    lengths = [np.asarray(part, "<f8") for span in spans for part in (span.here, span.there)]
    sure = np.array([span.sure for span in spans], "<f4")
    parts = np.array([len(spans)], "<i4"), heads, sure, np.concatenate([np.zeros(0), *lengths])
    return _VERSION + zlib.compress(b"".join(part.tobytes() for part in parts), 6)


def from_bytes(data: bytes, lines: Sequence[Contour], others: Sequence[Contour]) -> list[Span] | None:
    """The spans that `to_bytes` wrote of these contours; None for bytes that are damaged, of another layout, or of
    other contours."""
    if data[:1] != _VERSION:
        return None
    try:
        body = zlib.decompressobj().decompress(data[1:], _MOST)
        (count,) = np.frombuffer(body, "<i4", 1)
        heads = np.frombuffer(body, "<i4", 4 * int(count), 4).reshape(-1, 4).astype(np.int64)
        sure = np.frombuffer(body, "<f4", int(count), 4 + 16 * int(count)).astype(np.float64)
        lengths = np.frombuffer(body, "<f8", -1, 4 + 20 * int(count)).astype(np.float64)
    except (zlib.error, ValueError):
        return None
    line, other, here, there = heads.T
    fits = (line >= -1) & (line < len(lines)) & (other >= -1) & (other < len(others)) & (np.maximum(line, other) >= 0)
    # As many lengths as there is contour, on either side; both sides bend at the same places.
    fits &= ((line >= 0) == (here > 0)) & ((other >= 0) == (there > 0)) & (here != 1) & (there != 1)
    fits &= (line < 0) | (other < 0) | (here == there)
    fits &= (sure >= 0) & (sure <= 1)
    if not fits.all() or (here + there).sum() != len(lengths) or not np.isfinite(lengths).all():
        return None
    ends = np.cumsum(heads[:, 2:].ravel())
    parts = np.split(lengths, ends[:-1]) if count else []
    pairs = enumerate(zip(line.tolist(), other.tolist(), strict=True))
    spans = [Span(a, b, parts[2 * k], parts[2 * k + 1], float(sure[k])) for k, (a, b) in pairs]
    return spans if all(_rises(span) for span in spans) and _covered(spans, lines, others) else None


def _rises(span: Span) -> bool:
    here, there = np.diff(span.here), np.diff(span.there)
    return bool((here >= 0).all() and ((there >= 0).all() or (there <= 0).all()))


def _covered(spans: Sequence[Span], lines: Sequence[Contour], others: Sequence[Contour]) -> bool:
    """Whether every contour that has vertices is of some span, and no span of one without."""
    for contours, named in ((lines, {s.line for s in spans}), (others, {s.other for s in spans})):
        if {k for k, contour in enumerate(contours) if len(contour.points)} != named - {-1}:
            return False
    return True
