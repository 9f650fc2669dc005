"""Live pictures: whenever the frame or a doodle changes, its plane shows the new drawing.

Values are read from the evaluated object, because during a render the original's are those of another frame. A render
started from the window calls in from a thread of its own, so one lock lets one refresh happen at a time.

Renders, scripts and Blenders without a window get every doodle of a frame, at once. An animator who scrubs or plays
gets as many as there is time for (`frame_budget`); the others follow in turn from a timer, one a tick, always as they
are at the frame that the scene stands at then. Nothing queues: what is too slow skips frames.
"""

from __future__ import annotations

import itertools
import math
import sys
import threading
import time
import traceback
from collections.abc import Callable
from functools import lru_cache, partial
from typing import TYPE_CHECKING

import bpy
from bpy.app.handlers import persistent

from .. import session
from ..hooks import Hooks
from ..keyframes import keys
from ..live_strokes.writing import StrokesView, own_data
from ..properties import doodles
from . import desk, main_thread, plane, warming
from .hanging import Places
from .pausing import is_paused, paused

if TYPE_CHECKING:
    import numpy as np

__all__ = ["all_doodles", "catch_up", "doodles_of", "frame_budget", "go_to", "paused", "refresh", "refresh_all", "soon"]

SHARE = 0.5
"""Part of a frame's time that drawing doodles may take while the scene plays; the rest is Blender's own."""
LONGEST = 0.04
"""Seconds that a frame's time counts for at most: the window answers 25 times a second at any frame rate."""
SOON = 0.05
"""Seconds until the next look at whether a render has ended."""

_lock = threading.RLock()


class LiveView:
    """What is remembered of what doodles show, so that nothing is drawn twice; by session_uid, which is unique for a
    datablock while Blender runs, across file loads. Undo and load can bring any older state back: all is forgotten
    then."""

    def __init__(self) -> None:
        self.clock = itertools.count(1)
        self.strokes = StrokesView()
        self.places = Places()
        self.forget()

    def forget(self) -> None:
        """Another file, or another state of it."""
        # What each image, or each drawing of a doodle of strokes, shows.
        self.shown: dict[int, session.FrameRequest] = {}
        # The image that a doodle's last render used, and what it showed, by the object's session_uid.
        self.rendered: dict[int, tuple[int, session.FrameRequest]] = {}
        self.told: set[str] = set()
        # The doodles of a scene, by its session_uid, and of the whole file (0), with how many objects that had: looking
        # through thousands at every frame takes milliseconds.
        self.known: dict[int, tuple[int, list[bpy.types.Object]]] = {}
        # When each doodle was last drawn, by session_uid, as a number that only rises: who has waited longest is first.
        self.served: dict[int, int] = {}
        # For which scene each image was drawn last, and what each scene has had of it, by their session_uids.
        self.drawn_for: dict[int, int] = {}
        self.had: dict[tuple[int, int], session.FrameRequest] = {}
        # Whether instances may show a doodle that is hidden itself, by its session_uid.
        self.elsewhere: dict[int, bool] = {}
        self.strokes.forget()


_view = LiveView()


def frame_budget(fps: float) -> float:
    """Seconds of drawing after which no further doodle is begun, in a window."""
    return SHARE * min(1.0 / fps, LONGEST)


def refresh_all(hurried: bool = False) -> None:
    """Draw every doodle of the current scene anew, as the current view layer has it; `hurried` as in `refresh`."""
    with _lock:
        _view.forget()
    context = bpy.context
    if context.scene is not None and context.view_layer is not None:
        refresh(context.scene, context.evaluated_depsgraph_get(), hurried)


def soon() -> None:
    """Draw what is out of date in the open windows, one doodle a tick. What an operator calls that must not wait."""
    if not bpy.app.background and not bpy.app.timers.is_registered(catch_up):
        bpy.app.timers.register(catch_up, first_interval=0.0)


def go_to(scene: bpy.types.Scene, time: float) -> None:
    """Set the scene's frame, in frames and parts of frames, as an animator does: the window does not wait for all."""
    frame = math.floor(time + 1e-4)
    part = min(max(time - frame, 0.0), 0.9999)
    if bpy.app.background:
        scene.frame_set(frame, subframe=part)
        return
    with paused():
        scene.frame_set(frame, subframe=part)
    soon()


def catch_up() -> float | None:
    """Draw the one doodle that has waited longest. A timer: answers when to come again, None when all is drawn."""
    if desk.rendering():
        return None  # its end draws all
    late = 0
    for scene, layer in desk.views():
        depsgraph = layer.depsgraph
        if depsgraph is not None:
            late += refresh(scene, depsgraph, hurried=True, seconds=0.0)
    return 0.0 if late else None


def refresh(
    scene: bpy.types.Scene, depsgraph: bpy.types.Depsgraph, hurried: bool = False, seconds: float | None = None
) -> int:
    """Bring the doodles of `scene` up to the values in `depsgraph`. Those that are hidden there, baked or unchanged
    cost nothing.

    `hurried`: none is begun after `seconds` (default: the frame's budget), but always one; the others follow from a
    timer. Returns how many are left.
    """
    rendering = depsgraph.mode == "RENDER"
    hurried = hurried and not rendering  # a render that was started from a window calls without one, too
    if depsgraph.id_type_updated("COLLECTION"):
        _view.known.clear()  # objects came or went
        _view.elsewhere.clear()
    if not rendering and bpy.app.is_job_running("RENDER"):
        if not _viewport_renders():
            return 0  # a window's view must not write into the pictures of the frame being rendered
        hurried = False
    render = scene.render
    allowed = frame_budget(render.fps / render.fps_base) if seconds is None else seconds
    until = time.perf_counter() + allowed
    with _lock:
        if is_paused() and not rendering:
            return 0
        taken: set[int] = set()
        shown = []
        for ob in all_doodles():
            _own(ob, taken, rendering)
            if not rendering:
                _view.places.keep(ob)
            if _visible(ob, depsgraph, rendering) and not ob.doodle_bridge.is_baked:
                shown.append(ob)
        if hurried:
            shown.sort(key=lambda ob: _view.served.get(ob.session_uid, 0))
        late, drawn = 0, False
        for ob in shown:
            request = keys.frame_request(ob.evaluated_get(depsgraph), scene.frame_current_final)
            if hurried and _another_has_it(scene, ob, request):
                continue
            if hurried and drawn and time.perf_counter() >= until:
                late += _differs(ob, request)
                continue
            if _refresh_one(ob, request, scene.frame_current_final, rendering):
                drawn = True
                _view.served[ob.session_uid] = next(_view.clock)
            _note_who_has_it(scene, ob, request)
    if late:
        soon()
    return late


def _own(ob: bpy.types.Object, taken: set[int], rendering: bool) -> None:
    """Give a copied doodle pictures or strokes of its own. Adds what it shows to `taken`."""
    if ob.type == "GREASEPENCIL":
        if not rendering or ob.data.session_uid not in taken:
            own_data(ob, taken)
    elif not plane.has_own_images(ob, taken) and not rendering and ob.is_editable:
        plane.make_own(ob)
        plane.has_own_images(ob, taken)


def _surface(ob: bpy.types.Object) -> bpy.types.ID | None:
    """What a doodle's drawing is written into: its picture, or its strokes."""
    return ob.data if ob.type == "GREASEPENCIL" else plane.shown_image(ob)


def _viewport_renders() -> bool:
    """Whether the render that runs is one of the viewport, which takes what the window shows."""
    windows = bpy.context.window_manager.windows
    return any(one.bl_idname == "RENDER_OT_opengl" for window in windows for one in window.modal_operators)


def _by_hand() -> bool:
    """Whether Blender itself calls the handler that asks: the animator plays, scrubs or drags a value in a window.

    A script, or an operator written in Python, stands below the handler in the stack; it may read the pictures next.
    """
    return not bpy.app.background and sys._getframe(1).f_back is None


def all_doodles() -> list[bpy.types.Object]:
    """The doodles of the file, remembered: cheap at every change.

    Not only those of a scene: one may be seen through an instance of its collection, or in the scene that stands behind
    this one. Linked ones first: they keep the pictures that copies of them bring along, since nothing of them can be
    exchanged.
    """
    return _remembered(0, lambda: sorted(doodles(), key=lambda ob: ob.is_editable))


def doodles_of(scene: bpy.types.Scene) -> list[bpy.types.Object]:
    """The doodles of a scene, remembered as well."""
    return _remembered(scene.session_uid, lambda: doodles(scene.objects))


def _remembered(name: int, look: Callable[[], list[bpy.types.Object]]) -> list[bpy.types.Object]:
    count = len(bpy.data.objects)
    try:
        before, found = _view.known[name]
        if before == count and all(ob.doodle_bridge.is_doodle for ob in found):
            return found
    except (KeyError, ReferenceError):  # not looked for yet, or one was removed
        pass
    _view.elsewhere.clear()
    found = look()
    _view.known[name] = count, found
    return found


def _visible(ob: bpy.types.Object, depsgraph: bpy.types.Depsgraph, rendering: bool) -> bool:
    evaluated = ob.evaluated_get(depsgraph)
    if not evaluated.is_evaluated:
        return False  # nothing here shows it
    if rendering:
        return not evaluated.hide_render
    layer = depsgraph.view_layer
    if ob.visible_get(view_layer=layer):
        return True
    # Not of this view layer, so an instance or the scene behind it shows it; or of it and hidden.
    return not evaluated.hide_viewport and (layer.objects.get(ob.name) != ob or _seen_elsewhere(ob))


def _seen_elsewhere(ob: bpy.types.Object) -> bool:
    """Whether instances may show a doodle that is hidden itself: anything but scenes uses it or its collections."""
    seen = _view.elsewhere.get(ob.session_uid)
    if seen is None:
        users = bpy.data.user_map(key_types={"OBJECT", "COLLECTION"})
        met: set[bpy.types.ID] = {ob}
        todo: list[bpy.types.ID] = [ob]
        while todo:
            todo = [user for one in todo for user in users.get(one, ()) if user not in met]
            met.update(todo)
            todo = [one for one in todo if isinstance(one, bpy.types.Collection)]
        seen = any(not isinstance(one, bpy.types.Collection | bpy.types.Scene) for one in met - {ob})
        _view.elsewhere[ob.session_uid] = seen
    return seen


def _another_has_it(scene: bpy.types.Scene, ob: bpy.types.Object, request: session.FrameRequest) -> bool:
    """Whether the doodle's one picture is to stay another scene's, which is open in a window too.

    Both may show the doodle, at different frames. Who changed last has it; else each would draw over the other's
    without end.
    """
    image = _surface(ob)
    if image is None or _view.had.get((scene.session_uid, image.session_uid)) != request:
        return False
    has = _view.drawn_for.get(image.session_uid, scene.session_uid)
    return has != scene.session_uid and any(one.session_uid == has for one, _ in desk.views())


def _note_who_has_it(scene: bpy.types.Scene, ob: bpy.types.Object, request: session.FrameRequest) -> None:
    image = _surface(ob)
    if image is not None:
        _view.drawn_for[image.session_uid] = scene.session_uid
        _view.had[scene.session_uid, image.session_uid] = request


def _differs(ob: bpy.types.Object, request: session.FrameRequest) -> bool:
    image = _surface(ob)
    return image is not None and _view.shown.get(image.session_uid) != request


def _refresh_one(ob: bpy.types.Object, request: session.FrameRequest, frame: float, rendering: bool) -> bool:
    """Show what is requested, at `frame`; whether anything had to be drawn."""
    from doodle_core.errors import DoodleError

    surface = _surface(ob)
    if surface is None:
        return False
    # Cycles with persistent data never looks again at the image of its last render: give it the other one.
    used, seen = _view.rendered.get(ob.session_uid, (0, None))
    stale = rendering and used == surface.session_uid and seen != request and ob.type != "GREASEPENCIL"
    drawn = stale or _differs(ob, request)
    if ob.type == "GREASEPENCIL":
        drawn |= _view.strokes.too_late(ob, frame)
    if drawn:
        try:
            if ob.type == "GREASEPENCIL":
                _view.strokes.draw(ob, request, frame)
            else:
                pixels = session.render(request, _buffer(*request.shape))
                surface = main_thread.do(partial(plane.write, ob, pixels, other=stale))
        except DoodleError as error:
            _tell(f"'{ob.name}': {error}")
        except Exception:  # not foreseen: the other doodles are drawn all the same
            _tell(f"'{ob.name}' is not drawn\n{traceback.format_exc()}")
        _view.shown[surface.session_uid] = request  # what cannot be drawn is not tried again until it changes
    if rendering:
        _view.rendered[ob.session_uid] = (surface.session_uid, request)
    return drawn


@lru_cache(maxsize=2)
def _buffer(height: int, width: int) -> np.ndarray:
    """Room for a picture, (height, width, 4) float32, used again and again under the lock."""
    import numpy as np

    return np.empty((height, width, 4), np.float32)


def _tell(line: str) -> None:
    """On the console, once: a handler has no other voice, and it runs at every frame."""
    if line not in _view.told:
        _view.told.add(line)
        print(f"Doodle Bridge: {line}")


@persistent
def _frame_changed(scene: bpy.types.Scene, depsgraph: bpy.types.Depsgraph) -> None:
    refresh(scene, depsgraph, hurried=_by_hand())


@persistent
def _depsgraph_changed(scene: bpy.types.Scene, depsgraph: bpy.types.Depsgraph) -> None:
    if not (depsgraph.id_type_updated("OBJECT") or depsgraph.id_type_updated("ACTION")):
        return
    hurried = _by_hand()
    if hurried and bpy.app.timers.is_registered(catch_up):
        return  # a picture just written is such a change, too: the timer goes on with the next doodle
    refresh(scene, depsgraph, hurried)


@persistent
def _file_changed(*_: object) -> None:
    """Another file, or another state of it: generated pictures are not stored, and may be any."""
    refresh_all(hurried=_by_hand())
    warming.start()


@persistent
def _render_begins(*_: object) -> None:
    session.leave_gpu(True)
    main_thread.serve()


@persistent
def _render_ended(*_: object) -> None:
    """The planes show the last rendered frame; the window wants its own. Not now: this may be the render's thread."""
    session.leave_gpu(False)
    main_thread.stop()
    if not bpy.app.background and not bpy.app.timers.is_registered(_draw_anew):
        bpy.app.timers.register(_draw_anew, first_interval=0.0)


def _draw_anew() -> float | None:
    if desk.rendering():
        return SOON  # Blender tells the render's end before it has ended
    refresh_all(hurried=True)
    return None


_hooks = Hooks(
    frame_change_post=_frame_changed,
    depsgraph_update_post=_depsgraph_changed,
    load_post=_file_changed,
    undo_post=_file_changed,
    redo_post=_file_changed,
    render_init=_render_begins,
    render_complete=_render_ended,
    render_cancel=_render_ended,
)


def register() -> None:
    _hooks.register()
    if not bpy.app.background:  # the file that is open may hold doodles already
        bpy.app.timers.register(_draw_anew, first_interval=0.0)
        warming.start()


def unregister() -> None:
    _hooks.unregister()
    main_thread.stop()
    for timer in (_draw_anew, catch_up):
        if bpy.app.timers.is_registered(timer):
            bpy.app.timers.unregister(timer)
    warming.stop()
    _view.forget()
    _buffer.cache_clear()
