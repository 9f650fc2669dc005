"""Pictures go to disk while the next one is drawn: converting and packing take about as long as drawing does.

They do it without Python's lock, so one thread beside Blender's is enough. It is given numbers and a path, and touches
nothing of Blender. Nor does it run while Blender's own code does, a change of frames above all: Blender then lets go of
Python's lock, takes another thread that holds it for itself, and crashes, once in some thousands of frames.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from threading import Thread

__all__ = ["AHEAD", "Writer"]

AHEAD = 1
"""Pictures that may be drawn and not on disk yet: the one that is written while the next is drawn."""

Told: TypeAlias = tuple[int, bool]
"""A frame whose picture is on disk, and whether it had to be written."""

_Picture: TypeAlias = "tuple[int, Callable[[], object] | None]"


class Writer:
    """Writes the pictures of frames on a thread of its own, in the order that they are put in.

    It works from `start` on, until `wait` or `told` returns. The first that fails is the last one tried: its error is
    raised where its frame would be told, after all before it. Leaving a `with` block writes what was put in, whether
    anybody still asks or not.
    """

    def __init__(self) -> None:
        self._waiting: list[_Picture] = []
        self._done: deque[tuple[int, bool | BaseException]] = deque()
        self._thread: Thread | None = None
        self._left = 0
        self._failed = False

    def __len__(self) -> int:
        """How many frames were put in and not told yet."""
        return self._left

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def put(self, frame: int, write: Callable[[], object] | None) -> None:
        """`write` will put the picture of a frame on disk; None: it is there already."""
        self._waiting.append((frame, write))
        self._left += 1

    def start(self) -> None:
        """Write what was put in. Until `wait`, nothing of Blender may be called."""
        from threading import Thread

        self.wait()
        pictures, self._waiting = self._waiting, []
        if pictures:
            self._thread = Thread(target=self._write, args=(pictures,), name="doodle_bridge_writer")
            self._thread.start()

    def wait(self) -> None:
        """Until nothing is being written. Errors are kept for `told`."""
        if self._thread is not None:
            # A thread of its own for each time, because one that has ended is all that surely leaves Python alone.
            self._thread.join()
            self._thread = None

    def told(self, ahead: int = 0) -> Iterator[Told]:
        """Frames in the order they were put in, each once its picture is on disk; writes and waits until no more than
        `ahead` are left. Raises what writing one raised; then no more are."""
        while self._left > ahead:
            if not self._done:
                if self._thread is None:
                    self.start()
                self.wait()
            frame, found = self._done.popleft()
            if isinstance(found, BaseException):
                self._waiting.clear()
                self._left = 0
                raise found
            self._left -= 1
            yield frame, found

    def close(self) -> None:
        """Write what was put in, and wait for it."""
        self.start()
        self.wait()

    def _write(self, pictures: Sequence[_Picture]) -> None:
        for frame, write in pictures:
            if self._failed:
                return  # the error before this one is what is reported
            try:
                if write is not None:
                    write()
            except BaseException as error:
                self._failed = True
                self._done.append((frame, error))
            else:
                self._done.append((frame, write is not None))
