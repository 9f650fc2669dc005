"""Times in which no doodle is drawn: while an operator changes many settings, or steps through frames."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["is_paused", "paused"]

_counting = threading.Lock()
_paused = 0


@contextmanager
def paused() -> Iterator[None]:
    """Within: no doodle is drawn, but for renders."""
    global _paused
    with _counting:
        _paused += 1
    try:
        yield
    finally:
        with _counting:
            _paused -= 1


def is_paused() -> bool:
    return _paused > 0
