"""What the overlay draws takes time to work out, and a redraw has none. So a redraw asks for it by a name of its
content, and draws what is there; a timer makes the rest, bit by bit, and has the view drawn again."""

from __future__ import annotations

import time
import traceback
from collections import OrderedDict
from collections.abc import Callable, Generator, Hashable
from typing import Any

import bpy

from ..view import desk

__all__ = ["Workshop", "workshop"]

KEPT = 256
"""Results that stay."""
BUSY = 0.008
"""Seconds of work at a time."""
REST, LATER = 0.01, 0.3
"""Seconds between two such, and while an animation plays or a render runs."""
FORGOTTEN = 10.0
"""Seconds after which nobody asks any more."""
AGAIN = 0.25
"""Seconds between redraws while something is being made."""

Work = Callable[[], Generator[None, None, Any]]
"""Yields between two steps, and returns what it has made."""


class Workshop:
    """Makes what is asked for; by content, so nothing it has can be wrong."""

    def __init__(self) -> None:
        self._made: OrderedDict[Hashable, Any] = OrderedDict()
        self._asked: OrderedDict[Hashable, tuple[float, Generator[None, None, Any]]] = OrderedDict()

    def get(self, name: Hashable, work: Work) -> Any | None:
        """What `work` makes, None as long as it has not been made."""
        if name in self._made:
            self._made.move_to_end(name)
            return self._made[name]
        begun = self._asked.get(name)
        self._asked[name] = (time.monotonic(), work() if begun is None else begun[1])
        return None

    @property
    def busy(self) -> bool:
        """Whether anything is still to be made."""
        return bool(self._asked)

    def step(self, seconds: float) -> bool:
        """Work for about as long, first on what was asked for last; whether anything was finished. What cannot be made
        is None, and not tried again."""
        from doodle_core.errors import DoodleError

        until, done = time.perf_counter() + seconds, False
        while self._asked and (time.perf_counter() < until or not done):
            name, (asked, steps) = max(self._asked.items(), key=lambda one: one[1][0])
            if time.monotonic() - asked > FORGOTTEN:
                del self._asked[name]
                continue
            try:
                next(steps)
                if time.perf_counter() >= until:
                    break
                continue
            except StopIteration as finished:
                self._made[name] = finished.value
            except DoodleError:  # the live view tells
                self._made[name] = None
            except Exception:  # not foreseen: the rest is drawn all the same
                print(f"Doodle Bridge: a part of the overlay is not drawn\n{traceback.format_exc()}")
                self._made[name] = None
            del self._asked[name]
            done = True
        while len(self._made) > KEPT:
            self._made.popitem(last=False)
        return done

    def finish(self) -> None:
        """Make all that is asked for, at once."""
        while self._asked:
            self.step(float("inf"))

    def forget(self) -> None:
        self._made.clear()
        self._asked.clear()


workshop = Workshop()
_drawn_again = 0.0


def start() -> None:
    """Begin, if there is anything to do. Nothing in a Blender without a window."""
    if workshop.busy and not bpy.app.background and not bpy.app.timers.is_registered(_tick):
        bpy.app.timers.register(_tick, first_interval=0.0)


def stop() -> None:
    if bpy.app.timers.is_registered(_tick):
        bpy.app.timers.unregister(_tick)
    workshop.forget()


def _tick() -> float | None:
    global _drawn_again
    if desk.playing() or desk.rendering():
        return LATER if workshop.busy else None
    done = workshop.step(BUSY)
    now = time.monotonic()
    if done or now - _drawn_again > AGAIN:
        _drawn_again = now
        desk.tag_redraw(("VIEW_3D",))
    return REST if workshop.busy else None
