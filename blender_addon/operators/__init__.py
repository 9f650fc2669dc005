"""What an animator can do. Each operator reads what it needs, does the work in plain data, and only then changes the
file."""

from . import drawing, edit_keys, from_grease_pencil, from_images, self_test, timing, update_keys

_MODULES = (drawing, from_grease_pencil, from_images, update_keys, edit_keys, timing, self_test)


def register() -> None:
    for module in _MODULES:
        module.register()


def unregister() -> None:
    for module in reversed(_MODULES):
        module.unregister()
