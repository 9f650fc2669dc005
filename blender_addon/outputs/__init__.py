"""Where a doodle goes: image sequences that its plane then plays, and that other editors take."""

from . import bake, uses

__all__ = ["register", "unregister"]


def register() -> None:
    bake.register()
    uses.register()


def unregister() -> None:
    uses.unregister()
    bake.unregister()
