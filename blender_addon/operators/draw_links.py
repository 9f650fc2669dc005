"""Draw links in the viewport: drag from a line or area of one key to its place in the other. What a drag means is then
done by the operators of `correct`, each an undo step of its own."""

from typing import Any

import bpy
from bpy.app.translations import pgettext_iface as iface_

from .. import polls
from ..keyframes import keys, neighbours
from ..overlay import linking, pointing
from ..overlay.pointing import Hit, Target, View
from ..view import desk, hanging

DRAG = 6.0
"""Pixels: what moves less is a click."""
_ENDS = {"ESC", "RET", "NUMPAD_ENTER"}


class DOODLE_BRIDGE_OT_draw_links(bpy.types.Operator):
    """Show the keys before and after this frame, and drag from a line of one to where it goes in the other"""

    bl_idname = "doodle_bridge.draw_links"
    bl_label = "Draw Links"

    @classmethod
    def poll(cls: Any, context: bpy.types.Context) -> bool:
        ob = polls.doodle_with_own_keys(cls, context)
        if ob is None:
            return False
        if len(ob.doodle_bridge.keys) < 2:
            cls.poll_message_set("Links need two keys")
            return False
        return True

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        if linking.state() is not None:  # pressed once more
            self._end(context)
            return {"CANCELLED"}
        linking.begin()
        self.doodle = context.object.name
        self.pressed: tuple[int, int] | None = None
        self.known: tuple[Any, list[Target]] | None = None
        text = iface_("Drag from one key to the other: link. Click: pick, with Shift one more. Esc: done")
        context.workspace.status_text_set(text)
        context.window_manager.modal_handler_add(self)
        desk.tag_redraw(("VIEW_3D",))
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        now, ob = linking.state(), context.view_layer.objects.active
        if now is None or ob is None or ob.name != self.doodle or not ob.doodle_bridge.is_doodle:
            self._end(context)
            return {"CANCELLED", "PASS_THROUGH"}
        if event.type in _ENDS or (event.type == "RIGHTMOUSE" and event.value == "PRESS"):
            if now.begun is None:
                self._end(context)
                return {"FINISHED"}
            now.begun, self.pressed = None, None  # only what is being dragged
            desk.tag_redraw(("VIEW_3D",))
            return {"RUNNING_MODAL"}
        if event.type not in {"MOUSEMOVE", "LEFTMOUSE", "INBETWEEN_MOUSEMOVE"}:
            now.hover, self.known = None, None  # another view, frame or state of the file, perhaps
            return {"PASS_THROUGH"}
        over = _under(context, event)
        if over is None:
            now.hover = None
            return {"PASS_THROUGH"}
        return self._pointed(context, event, now, *over)

    def _pointed(
        self, context: bpy.types.Context, event: bpy.types.Event, now: linking.Linking, area: Any, region: Any
    ) -> set[str]:
        from doodle_core.errors import DoodleError

        try:
            view = self._view(context, area, region)
            found = self._targets(context, view)
            mouse = (event.mouse_x - region.x, event.mouse_y - region.y)
            if now.begun is None:
                now.hover = pointing.hit(found, view, mouse)
            else:
                now.hover = _other_end(found, view, mouse, now.begun)
            now.at = pointing.on_square(view, mouse)
        except DoodleError as error:
            self.report({"ERROR"}, str(error))
            self._end(context)
            return {"CANCELLED"}
        area.tag_redraw()
        if event.type == "LEFTMOUSE" and event.value == "PRESS":
            if now.hover is None:
                return {"PASS_THROUGH"}
            now.begun, self.pressed = now.hover, (event.mouse_x, event.mouse_y)
        elif event.type == "LEFTMOUSE" and event.value == "RELEASE" and now.begun is not None:
            begun, other, now.begun = now.begun, now.hover, None
            moved = max(abs(event.mouse_x - self.pressed[0]), abs(event.mouse_y - self.pressed[1]))
            if moved < DRAG:
                bpy.ops.doodle_bridge.pick_shape(
                    "EXEC_DEFAULT", True, key=begun.key, shape=begun.shape, extend=event.shift
                )
            elif other is not None:
                _link(begun, other)
            self.known = None
        return {"RUNNING_MODAL"}

    def _view(self, context: bpy.types.Context, area: Any, region: Any) -> View:
        import numpy as np

        ob = context.view_layer.objects.active
        square = hanging.square_of(ob.evaluated_get(context.evaluated_depsgraph_get()))
        seen = np.array(area.spaces.active.region_3d.perspective_matrix, np.float64)
        return View(seen @ square, region.width, region.height)

    def _targets(self, context: bpy.types.Context, view: View) -> list[Target]:
        """What can be pointed to, worked out anew where the view or the frame is another."""
        ob = context.view_layer.objects.active
        evaluated = ob.evaluated_get(context.evaluated_depsgraph_get())
        now = keys.frame_request(evaluated, context.scene.frame_current_final)
        name = view.matrix.tobytes(), view.width, view.height, now.keys, now.position, now.lags, ob.doodle_bridge.loop
        if self.known is None or self.known[0] != name:
            self.known = name, pointing.targets(neighbours.around(ob.doodle_bridge, now.position, now.lags), view)
        return self.known[1]

    def cancel(self, context: bpy.types.Context) -> None:
        self._end(context)

    def _end(self, context: bpy.types.Context) -> None:
        linking.end()
        if context.workspace is not None:
            context.workspace.status_text_set(None)
        desk.tag_redraw(("VIEW_3D",))


def _other_end(found: list[Target], view: View, mouse: tuple[float, float], begun: Hit) -> Hit | None:
    """What a drag that began there may end on: a shape of the other key, of the same kind and layer."""
    first = next((one.seen for one in found if one.shown.side == begun.side and one.shown.key == begun.key), None)
    if first is None or begun.shape >= len(first):
        return None
    like = bool(first.areas[begun.shape]), neighbours.layer_of(first, begun.shape)
    return pointing.hit(found, view, mouse, 1 - begun.side, like)


def _link(one: Hit, other: Hit) -> None:
    first, second = (one, other) if one.side == 0 else (other, one)
    bpy.ops.doodle_bridge.link_shapes(
        "EXEC_DEFAULT",
        True,
        key=first.key,
        place=first.place,
        shape=first.shape,
        next_place=second.place,
        next_shape=second.shape,
    )


def _under(context: bpy.types.Context, event: bpy.types.Event) -> tuple[Any, Any] | None:
    """The 3D view's area and region that the mouse is in; None over panels, tools and other editors."""
    for area in context.window.screen.areas:
        if area.type != "VIEW_3D":
            continue
        over = [
            region
            for region in area.regions
            if region.x <= event.mouse_x < region.x + region.width
            and region.y <= event.mouse_y < region.y + region.height
            and region.width > 1
            and region.height > 1
        ]
        if over:
            return (area, over[0]) if [region.type for region in over] == ["WINDOW"] else None
    return None


def register() -> None:
    bpy.utils.register_class(DOODLE_BRIDGE_OT_draw_links)


def unregister() -> None:
    linking.end()
    bpy.utils.unregister_class(DOODLE_BRIDGE_OT_draw_links)
