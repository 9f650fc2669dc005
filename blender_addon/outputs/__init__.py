"""Where a doodle goes: so far, image sequences that its plane then plays."""

from . import bake

__all__ = ["register", "unregister"]


def register() -> None:
    bake.register()


def unregister() -> None:
    bake.unregister()
