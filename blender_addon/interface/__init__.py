"""What an animator sees: panels, the list of keys, menus and presets. Nothing here does any work."""

from . import key_list, menus, overlay, panels, presets, spacing

_MODULES = (presets, menus, key_list, panels, spacing, overlay)


def register() -> None:
    for module in _MODULES:
        module.register()


def unregister() -> None:
    for module in reversed(_MODULES):
        module.unregister()
