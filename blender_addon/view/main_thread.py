"""What only Blender's main thread may do, asked for by the thread of a render that was started in a window.

The window goes on evaluating and drawing meanwhile, also the images that the render's handlers write to: both at once
end Blender. So the render's thread hands its pictures over, and waits; a timer of the main thread takes them.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import bpy

__all__ = ["do", "serve", "stop"]

T = TypeVar("T")

PATIENCE = 1.0
"""Seconds until the render's thread does it itself: the main one is busy, or waits for the render to end."""
OFTEN = 0.002
"""Seconds between two looks."""


class _Task(Generic[T]):
    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._taken = threading.Lock()
        self._answer: T
        self._error: BaseException | None = None
        self.done = threading.Event()

    def take(self) -> bool:
        """Whether the caller is the one to do it."""
        return self._taken.acquire(blocking=False)

    def run(self) -> None:
        try:
            self._answer = self._work()
        except BaseException as error:
            self._error = error
        self.done.set()

    def result(self) -> T:
        if self._error is not None:
            raise self._error
        return self._answer


_waiting: queue.SimpleQueue[_Task[Any]] = queue.SimpleQueue()
_serving = False


def do(work: Callable[[], T]) -> T:
    """`work()`, by the main thread while that serves; here where it does not, or has no time."""
    if not _serving or threading.current_thread() is threading.main_thread():
        return work()
    task = _Task(work)
    _waiting.put(task)
    if not task.done.wait(PATIENCE) and task.take():
        task.run()
    task.done.wait()
    return task.result()


def serve() -> None:
    """From now on the main thread does what is asked for. Nothing where there is no window: no other thread asks."""
    global _serving
    if not bpy.app.background:
        _serving = True
        if not bpy.app.timers.is_registered(_tick):
            bpy.app.timers.register(_tick, first_interval=0.0, persistent=True)


def stop() -> None:
    """No more; the timer ends by itself."""
    global _serving
    _serving = False


def _tick() -> float | None:
    while True:
        try:
            task = _waiting.get_nowait()
        except queue.Empty:
            return OFTEN if _serving else None
        if task.take():
            task.run()
