"""Functions that Blender calls: put into its lists, and taken out again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import bpy

__all__ = ["Hooks"]


class Hooks:
    """A module's functions by the list of `bpy.app.handlers` that they stand in: `Hooks(load_post=_file_changed)`.

    They should be `persistent`, or the next file takes them out.
    """

    def __init__(self, **functions: Callable[..., None]) -> None:
        self._functions = functions

    def register(self) -> None:
        for name, function in self._functions.items():
            getattr(bpy.app.handlers, name).append(function)

    def unregister(self) -> None:
        """Take them out, where they still are: loading factory settings empties the lists."""
        for name, function in self._functions.items():
            handlers: list[Any] = getattr(bpy.app.handlers, name)
            if function in handlers:
                handlers.remove(function)
