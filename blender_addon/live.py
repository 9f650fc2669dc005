"""Live pictures: whenever the frame or a doodle changes, its plane shows the new drawing.

Values are read from the evaluated object, because during a render the original's are those of another frame. A render
started from the window calls in from a thread of its own, so one lock lets one refresh happen at a time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import bpy
from bpy.app.handlers import persistent

from . import keys, plane, session
from .properties import doodles

if TYPE_CHECKING:
    import numpy as np

__all__ = ["paused", "refresh", "refresh_all"]

_lock = threading.RLock()
_paused = 0
# What each image shows, by session_uid (unique for a datablock while Blender runs, across file loads), so that nothing
# is drawn twice. Undo can bring an image's older pixels back: emptied then, and at every load.
_shown: dict[int, session.FrameRequest] = {}
# The image that a doodle's last render used, and what it showed, by the object's session_uid.
_rendered: dict[int, tuple[int, session.FrameRequest]] = {}
_told: set[str] = set()
# The doodles of a scene, by its session_uid: looking through thousands of objects at every frame takes milliseconds.
_known: dict[int, list[bpy.types.Object]] = {}


@contextmanager
def paused() -> Iterator[None]:
    """Within: no doodle is drawn. For operators that change many settings or step through frames."""
    global _paused
    with _lock:
        _paused += 1
    try:
        yield
    finally:
        with _lock:
            _paused -= 1


def refresh_all() -> None:
    """Draw every doodle of the current scene anew, as the current view layer has it."""
    _shown.clear()
    _told.clear()
    _known.clear()
    context = bpy.context
    if context.scene is not None and context.view_layer is not None:
        refresh(context.scene, context.evaluated_depsgraph_get())


def refresh(scene: bpy.types.Scene, depsgraph: bpy.types.Depsgraph) -> None:
    """Bring the doodles of `scene` up to the values in `depsgraph`. Those that are hidden there, baked or unchanged
    cost nothing."""
    rendering = depsgraph.mode == "RENDER"
    if depsgraph.id_type_updated("COLLECTION"):
        _known.clear()  # objects came or went
    if not rendering and bpy.app.is_job_running("RENDER"):
        return  # a window's view must not write into the pictures of the frame being rendered
    with _lock:
        if _paused:
            return
        taken: set[int] = set()
        for ob in _doodles(scene):
            if not plane.has_own_images(ob, taken) and not rendering and ob.is_editable:
                plane.make_own(ob)
                plane.has_own_images(ob, taken)
            if _visible(ob, depsgraph, rendering) and not ob.doodle_bridge.is_baked:
                _refresh_one(ob, ob.evaluated_get(depsgraph), scene.frame_current_final, rendering)


def _doodles(scene: bpy.types.Scene) -> list[bpy.types.Object]:
    try:
        found = _known[scene.session_uid]
        if all(ob.doodle_bridge.is_doodle for ob in found):
            return found
    except (KeyError, ReferenceError):  # not looked for yet, or one was removed
        pass
    _known[scene.session_uid] = doodles(scene.objects)
    return _known[scene.session_uid]


def _visible(ob: bpy.types.Object, depsgraph: bpy.types.Depsgraph, rendering: bool) -> bool:
    evaluated = ob.evaluated_get(depsgraph)
    if not evaluated.is_evaluated:
        return False
    return not evaluated.hide_render if rendering else ob.visible_get(view_layer=depsgraph.view_layer)


def _refresh_one(ob: bpy.types.Object, evaluated: bpy.types.Object, frame: float, rendering: bool) -> None:
    from doodle_core.errors import DoodleError

    request = keys.frame_request(evaluated, frame)
    image = plane.shown_image(ob)
    if image is None:
        return
    # Cycles with persistent data never looks again at the image of its last render: give it the other one.
    used, seen = _rendered.get(ob.session_uid, (0, None))
    stale = rendering and used == image.session_uid and seen != request
    if stale or _shown.get(image.session_uid) != request:
        try:
            image = plane.write(ob, session.render(request, _buffer(request.size)), other=stale)
        except DoodleError as error:
            _tell(f"'{ob.name}': {error}")
            return
        _shown[image.session_uid] = request
    if rendering:
        _rendered[ob.session_uid] = (image.session_uid, request)


@lru_cache(maxsize=2)
def _buffer(size: int) -> np.ndarray:
    """Room for a picture, (size, size, 4) float32, used again and again under the lock.

    First row on top, but stored from the bottom as Blender's images are: what is rendered here needs no turning over.
    """
    import numpy as np

    return np.empty((size, size, 4), np.float32)[::-1]


def _tell(line: str) -> None:
    """On the console, once: a handler has no other voice, and it runs at every frame."""
    if line not in _told:
        _told.add(line)
        print(f"Doodle Bridge: {line}")


@persistent
def _frame_changed(scene: bpy.types.Scene, depsgraph: bpy.types.Depsgraph) -> None:
    refresh(scene, depsgraph)


@persistent
def _depsgraph_changed(scene: bpy.types.Scene, depsgraph: bpy.types.Depsgraph) -> None:
    if depsgraph.id_type_updated("OBJECT") or depsgraph.id_type_updated("ACTION"):
        refresh(scene, depsgraph)


@persistent
def _file_changed(*_: object) -> None:
    """Another file, or another state of it: generated pictures are not stored, and may be any."""
    refresh_all()


@persistent
def _render_ended(*_: object) -> None:
    """The planes show the last rendered frame; the window wants its own. Not now: this may be the render's thread."""
    if not bpy.app.background:
        bpy.app.timers.register(refresh_all, first_interval=0.0)


def _hooks() -> tuple[tuple[list[Any], Callable[..., None]], ...]:
    handlers = bpy.app.handlers
    return (
        (handlers.frame_change_post, _frame_changed),
        (handlers.depsgraph_update_post, _depsgraph_changed),
        (handlers.load_post, _file_changed),
        (handlers.undo_post, _file_changed),
        (handlers.redo_post, _file_changed),
        (handlers.render_complete, _render_ended),
        (handlers.render_cancel, _render_ended),
    )


def register() -> None:
    for handlers, function in _hooks():
        handlers.append(function)
    if not bpy.app.background:  # the file that is open may hold doodles already
        bpy.app.timers.register(refresh_all, first_interval=0.0)


def unregister() -> None:
    for handlers, function in _hooks():
        if function in handlers:
            handlers.remove(function)
    if bpy.app.timers.is_registered(refresh_all):
        bpy.app.timers.unregister(refresh_all)
    _shown.clear()
    _rendered.clear()
    _known.clear()
    _buffer.cache_clear()
    _told.clear()
