"""Pictures go to disk while the next one is drawn: converting and packing take about as long as drawing does.

They do it without Python's lock, so one thread beside Blender's is enough. It is given numbers and a path, and touches
nothing of Blender.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from concurrent.futures import Future

__all__ = ["AHEAD", "Writer"]

AHEAD = 2
"""Pictures that may be drawn and not on disk yet. More would keep nobody busier, and large ones fill the memory."""

Told: TypeAlias = tuple[int, bool]
"""A frame whose picture is on disk, and whether it had to be written."""


class Writer:
    """Writes the pictures of frames on a thread of its own, in the order that they are put in.

    The first that fails is the last one tried: its error is raised where its frame would be told, after all before it.
    Leaving a `with` block waits for what is under way; what is put in is written, whether anybody still asks or not.
    """

    def __init__(self) -> None:
        from concurrent.futures import ThreadPoolExecutor

        self._thread = ThreadPoolExecutor(1, "doodle_bridge_writer")
        self._due: deque[tuple[int, Future[bool] | None]] = deque()
        self._failed = False

    def __len__(self) -> int:
        """How many frames were put in and not told yet."""
        return len(self._due)

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def put(self, frame: int, write: Callable[[], object] | None) -> None:
        """`write` will put the picture of a frame on disk; None: it is there already. Never waits."""
        self._due.append((frame, None if write is None else self._thread.submit(self._written, write)))

    def told(self, ahead: int = 0) -> Iterator[Told]:
        """Frames in the order they were put in, each once its picture is on disk; waits until no more than `ahead`
        are left. Raises what writing one raised; then no more are."""
        while len(self._due) > ahead:
            frame, writing = self._due.popleft()
            try:
                new = writing is not None and writing.result()
            except BaseException:
                self._due.clear()
                raise
            yield frame, new

    def close(self) -> None:
        """Wait for what is under way."""
        self._thread.shutdown()

    def _written(self, write: Callable[[], object]) -> bool:
        if self._failed:
            return False  # nobody is told: the error comes first
        try:
            write()
        except BaseException:
            self._failed = True
            raise
        return True
