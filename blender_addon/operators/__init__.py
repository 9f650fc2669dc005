"""What an animator can do. Each operator reads what it needs, does the work in plain data, and only then changes the
file."""

from . import (
    correct,
    draw_links,
    drawing,
    edit_keys,
    export,
    from_grease_pencil,
    from_images,
    make_key,
    self_test,
    space,
    timing,
    update_keys,
    use_layer,
)

_MODULES = (
    drawing,
    from_grease_pencil,
    from_images,
    update_keys,
    use_layer,
    edit_keys,
    make_key,
    timing,
    space,
    correct,
    draw_links,
    export,
    self_test,
)


def register() -> None:
    for module in _MODULES:
        module.register()


def unregister() -> None:
    for module in reversed(_MODULES):
        module.unregister()
