"""Where a doodle goes: image sequences that its plane plays and other editors take, and Grease Pencil strokes."""

from . import bake, strokes, uses

__all__ = ["register", "unregister"]


def register() -> None:
    bake.register()
    uses.register()
    strokes.register()


def unregister() -> None:
    strokes.unregister()
    uses.unregister()
    bake.unregister()
