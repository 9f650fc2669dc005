"""The sidebar tab "Doodle": what to do next, and the settings of the active doodle, in the order of the work."""

from __future__ import annotations

import textwrap
from typing import Any

import bpy
from bpy.app.translations import pgettext_iface as iface_

from .. import requirements, session, thumbnails
from ..keyframes import keys, outlook
from ..operators.drawing import DEFAULT_EVERY
from ..operators.timing import held_frames, is_closed
from ..outputs import bake, playback
from ..properties import OUTPUTS, doodles
from ..sources import choice, grease_pencil
from ..sources.choice import Choice
from ..view import workbench
from .presets import DOODLE_BRIDGE_PT_look_presets, DOODLE_BRIDGE_PT_motion_presets

WIDE = 40
"""Letters that a line of the sidebar holds: labels do not break by themselves."""
HOLDS = ((1, "Ones"), (2, "Twos"), (3, "Threes"))


class _DoodlePanel:
    bl_space_type: Any = "VIEW_3D"
    bl_region_type: Any = "UI"
    bl_category = "Doodle"


class _SettingsPanel(_DoodlePanel):
    bl_parent_id = "DOODLE_BRIDGE_PT_main"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return context.object is not None and context.object.doodle_bridge.is_doodle

    def settings(self, context: bpy.types.Context) -> Any:
        return context.object.doodle_bridge

    def column(self) -> bpy.types.UILayout:
        layout = self.layout
        layout.use_property_split = True
        return layout.column()


class _FramePanel(_SettingsPanel):
    """Settings that change what the live picture shows: of no effect while the plane plays baked files."""

    def column(self) -> bpy.types.UILayout:
        column = super().column()
        column.active = not bpy.context.object.doodle_bridge.is_baked
        return column


class DOODLE_BRIDGE_PT_main(_DoodlePanel, bpy.types.Panel):
    bl_idname = "DOODLE_BRIDGE_PT_main"
    bl_label = "Doodle Bridge"

    def draw(self, context: bpy.types.Context) -> None:
        if requirements.missing():
            _missing(self.layout)
        step = next_step(context.object)
        if step == "doodle":
            _doodle(self.layout, context.object)
        elif step == "start":
            _start(self.layout)
        else:
            _drawing(self.layout, context, context.object)


def _missing(layout: bpy.types.UILayout) -> None:
    """What this Python lacks, a line each: before they are there nothing else works."""
    column = layout.box().column(align=True)
    title = column.row()
    title.alert = True
    text = iface_("Python {} lacks:").format(requirements.python())
    title.label(text=text, icon="ERROR", translate=False)
    for package in requirements.missing():
        column.label(text=package, icon="BLANK1", translate=False)
    column.label(text="Install the zip made for this Blender,", icon="BLANK1")
    column.label(text="or these packages in a terminal:", icon="BLANK1")
    column.operator("doodle_bridge.copy_install_command", icon="COPYDOWN")


def next_step(ob: bpy.types.Object | None) -> str:
    """What there is to do with the active object: 'start', 'draw' (on), 'make' a doodle of it, or it is a 'doodle'."""
    if ob is not None and ob.doodle_bridge.is_doodle:
        return "doodle"
    if not grease_pencil.is_grease_pencil(ob):
        return "start"
    return "make" if len(grease_pencil.keyframes(ob)) > 1 else "draw"


def _start(layout: bpy.types.UILayout) -> None:
    column = layout.column(align=True)
    column.label(text="Draw a few key drawings,", icon="GREASEPENCIL")
    column.label(text="or choose pictures of them.", icon="BLANK1")
    column.label(text="The drawings between come by themselves.", icon="BLANK1")
    column = layout.column()
    column.scale_y = 1.4
    column.operator("doodle_bridge.start_drawing", icon="OUTLINER_OB_GREASEPENCIL")
    column.operator("doodle_bridge.from_images", icon="IMAGE_DATA")


def _drawing(layout: bpy.types.UILayout, context: bpy.types.Context, ob: bpy.types.Object) -> None:
    """The active object is a drawing: more keyframes first, then a doodle of them."""
    step = next_step(ob)
    drawn = next((one for one in doodles(context.scene.objects) if one.doodle_bridge.source == ob), None)
    told = outlook.of(context, ob) if drawn is None else None
    if drawn is not None:
        if drawn.doodle_bridge.strokes_layers:
            layout.operator("doodle_bridge.show_doodle", icon="ONIONSKIN_ON")
        text = iface_("Keys of '{}'").format(drawn.name)
        layout.label(text=text, icon="OUTLINER_OB_IMAGE", translate=False)
        both = layout.column(align=True)
        both.scale_y = 1.2
        both.operator("doodle_bridge.select_doodle", icon="LOOP_BACK").name = drawn.name
        both.operator("doodle_bridge.update_keys", icon="FILE_REFRESH")
        if context.mode == "EDIT_GREASE_PENCIL":
            chosen = layout.column(align=True)
            chosen.label(text="Selected strokes:")
            chosen.operator("doodle_bridge.leave_alone", icon="UNLINKED").what = "shapes"
            chosen.operator("doodle_bridge.belong_together", icon="GROUP")
    elif ob.hide_viewport:  # as its doodle left it that was deleted
        layout.label(text="The drawing is hidden.", icon="HIDE_ON")
        layout.operator("doodle_bridge.show_drawing", icon="HIDE_OFF")
    elif step == "draw":
        column = layout.column(align=True)
        column.label(text="Draw the first pose. Then go on", icon="GREASEPENCIL")
        column.label(text="to the next drawing and draw it there.", icon="BLANK1")
    else:
        # As many lines as before: the button below is pressed again and again, and must not jump.
        column = layout.column(align=True)
        column.label(text=told.counts if told else iface_("Nothing is drawn yet"), icon="CHECKMARK", translate=False)
        column.label(text="Draw more, or make a doodle of them.", icon="BLANK1")
    row = layout.row(align=True)
    row.operator("doodle_bridge.next_drawing", icon="KEYFRAME").every = DEFAULT_EVERY
    column = layout.column()
    if drawn is None and step == "make":
        column.scale_y = 1.4
    column.operator("doodle_bridge.from_grease_pencil", icon="ONIONSKIN_ON")
    if told is not None:
        text = iface_("New size: {} pixels a side").format(told.size)
        layout.label(text=text, icon="BLANK1", translate=False)
        for doubt in told.doubts:
            _wrapped(layout, doubt)


def _wrapped(layout: bpy.types.UILayout, text: str) -> None:
    """What should be looked at, in as many lines as it needs."""
    column = layout.column(align=True)
    for number, line in enumerate(textwrap.wrap(text, WIDE - 4)):
        column.label(text=line, icon="BLANK1" if number else "ERROR", translate=False)


def _doodle(layout: bpy.types.UILayout, ob: bpy.types.Object) -> None:
    settings = ob.doodle_bridge
    row = layout.row(align=True)
    row.label(text=ob.name, icon="OUTLINER_OB_IMAGE", translate=False)
    row.menu("DOODLE_BRIDGE_MT_doodle", text="", icon="DOWNARROW_HLT")
    if settings.is_baked:
        box = layout.box()
        text = iface_("Plays baked frames {} to {}").format(settings.bake_start, settings.bake_end)
        box.label(text=text, icon="FILE_MOVIE", translate=False)
        gone = playback.missing_now(ob)
        if gone:
            row = box.row()
            row.alert = True
            text = iface_("Pictures missing: {}. Bake again").format(gone)
            row.label(text=text, icon="ERROR", translate=False)
        box.operator("doodle_bridge.free_bake", icon="TRASH", text="Free Bake, to Change It")


class DOODLE_BRIDGE_PT_keys(_SettingsPanel, bpy.types.Panel):
    bl_idname = "DOODLE_BRIDGE_PT_keys"
    bl_label = "Keys"

    def draw(self, context: bpy.types.Context) -> None:
        layout, settings = self.layout, self.settings(context)
        row = layout.row()
        row.template_list("DOODLE_BRIDGE_UL_keys", "", settings, "keys", settings, "active_key", rows=5)
        side = row.column(align=True)
        origin = "picture" if any(key.path for key in settings.keys) else "drawing"
        side.operator("doodle_bridge.add_key", text="", icon="ADD").origin = origin
        side.operator("doodle_bridge.remove_key", text="", icon="REMOVE")
        side.separator()
        side.operator("doodle_bridge.refresh_key", text="", icon="FILE_REFRESH")
        side.operator("doodle_bridge.replace_key", text="", icon="FILE_IMAGE").origin = origin
        if 0 <= settings.active_key < len(settings.keys):
            self._active(context.object, settings.keys[settings.active_key])
        column = layout.column(align=True)
        column.prop(settings, "favouring", slider=True)
        row = column.row(align=True)
        row.operator("doodle_bridge.make_key", icon="KEYTYPE_BREAKDOWN_VEC").favouring = settings.favouring
        row.operator("doodle_bridge.add_key_where_needed", text="Where Needed", icon="VIEWZOOM")
        self._drawing(layout, settings)

    def _drawing(self, layout: bpy.types.UILayout, settings: Any) -> None:
        """To the drawing, and what was drawn there into the keys: the two are pressed by turns."""
        stale = sum(key.state != "fresh" for key in settings.keys)
        text = iface_("Update Keys ({} to refresh)").format(stale) if stale else iface_("Update Keys")
        row = layout.row(align=True)
        row.scale_y = 1.2
        if grease_pencil.is_grease_pencil(settings.source):
            row.operator("doodle_bridge.edit_drawing", icon="GREASEPENCIL")
        row.operator("doodle_bridge.update_keys", text=text, icon="FILE_REFRESH", translate=False)

    def _active(self, ob: bpy.types.Object, key: Any) -> None:
        settings = ob.doodle_bridge
        row = self.layout.box().row()
        icon = thumbnails.icon_of(key)
        if icon:
            row.template_icon(icon_value=icon, scale=4.0)
        column = row.column(align=True)
        time = keys.key_times(ob)[settings.active_key]
        column.label(text=iface_("Stands at frame {:g}").format(time), translate=False)
        column.label(text=iface_("Drawn at frame {}").format(key.frame), translate=False)
        states = key.bl_rna.properties["state"].enum_items
        column.label(text=states[key.state].name, icon=states[key.state].icon)
        row = column.row(align=True)
        row.operator("doodle_bridge.jump_to_key", text="", icon="PREV_KEYFRAME").to = "previous"
        row.operator("doodle_bridge.jump_to_key", text="Go There").to = "key"
        row.operator("doodle_bridge.jump_to_key", text="", icon="NEXT_KEYFRAME").to = "next"


class DOODLE_BRIDGE_PT_source(_SettingsPanel, bpy.types.Panel):
    bl_idname = "DOODLE_BRIDGE_PT_source"
    bl_parent_id = "DOODLE_BRIDGE_PT_keys"
    bl_label = "Source"

    def draw(self, context: bpy.types.Context) -> None:
        settings, column = self.settings(context), self.column()
        if any(key.path for key in settings.keys):
            column.prop(settings, "columns")
            column.prop(settings, "rows")
            return
        source = settings.source
        row = column.row(align=True)
        row.prop(settings, "source")
        if grease_pencil.is_grease_pencil(source):
            row.prop(source, "hide_viewport", text="", emboss=False)
            row.prop(source, "hide_render", text="", emboss=False)
        if not grease_pencil.is_grease_pencil(source):
            column.label(text="The drawing is gone: keys stay as they are", icon="INFO")
            return
        column.prop(settings, "follow")
        column.prop(settings, "exclude_breakdowns")
        self._layers(column, settings, source)

    def _layers(self, column: bpy.types.UILayout, settings: Any, source: bpy.types.Object) -> None:
        """A check box for each layer, the front one on top, as Blender lists them, and how many frames it is late."""
        used = grease_pencil.layer_names(source, Choice.of(settings))
        titles = column.split(factor=0.65)
        titles.label(text="Layers")
        titles.label(text="Offset")
        boxes = column.box().column(align=True)
        for name in reversed(choice.available(source)):
            icon: Any = "CHECKBOX_HLT" if name in used else "CHECKBOX_DEHLT"
            row = boxes.split(factor=0.65)
            left = row.row()
            left.alignment = "LEFT"
            box = left.operator("doodle_bridge.use_layer", text=name, icon=icon, emboss=False, translate=False)
            box.layer, box.use = name, name not in used
            alone = any(one.layer == name for one in settings.corrections)
            lone = left.operator("doodle_bridge.leave_alone", text="", icon="UNLINKED", emboss=alone, depress=alone)
            lone.what, lone.layer = "layer", name
            offset = settings.offsets.get(name)
            if offset is not None and name in used:
                row.prop(offset, "frames", text="")


class DOODLE_BRIDGE_PT_motion(_FramePanel, bpy.types.Panel):
    bl_idname = "DOODLE_BRIDGE_PT_motion"
    bl_label = "Motion"

    def draw_header_preset(self, _context: bpy.types.Context) -> None:
        DOODLE_BRIDGE_PT_motion_presets.draw_panel_header(self.layout)

    def draw(self, context: bpy.types.Context) -> None:
        settings, column = self.settings(context), self.column()
        column.prop(settings, "position")
        column.prop(settings, "method")
        split = column.split(factor=0.4)
        label = split.row()
        label.alignment = "RIGHT"
        label.label(text="Drawings on")
        row = split.row(align=True)
        held = held_frames(context.object)
        for frames, name in HOLDS:
            row.operator("doodle_bridge.hold_frames", text=name, depress=held == frames).frames = frames
        row = column.row()
        row.active = column.active and len(settings.keys) > 1
        row.prop(settings, "loop")
        if not is_closed(context.object):
            column.operator("doodle_bridge.close_loop", icon="FILE_REFRESH")


class DOODLE_BRIDGE_PT_boil(_FramePanel, bpy.types.Panel):
    bl_idname = "DOODLE_BRIDGE_PT_boil"
    bl_parent_id = "DOODLE_BRIDGE_PT_motion"
    bl_label = "Line Boil"

    def draw(self, context: bpy.types.Context) -> None:
        settings, column = self.settings(context), self.column()
        column.prop(settings, "sigma")
        column.prop(settings, "boil")
        flows = settings.sigma > 0
        self._row(column, "stepped", flows)
        held = settings.boil > 0 or (settings.stepped and flows)
        self._row(column, "boil_step", held)
        self._row(column, "boil_cycle", held)
        self._row(column, "seed", flows or settings.boil > 0)

    def _row(self, column: bpy.types.UILayout, name: str, acts: bool) -> None:
        row = column.row()
        row.active = column.active and acts
        row.prop(bpy.context.object.doodle_bridge, name)


class DOODLE_BRIDGE_PT_look(_FramePanel, bpy.types.Panel):
    bl_idname = "DOODLE_BRIDGE_PT_look"
    bl_label = "Look"

    def draw_header_preset(self, _context: bpy.types.Context) -> None:
        DOODLE_BRIDGE_PT_look_presets.draw_panel_header(self.layout)

    def draw(self, context: bpy.types.Context) -> None:
        settings, column = self.settings(context), self.column()
        column.prop(settings, "line_weight")
        if settings.output == "plane":
            column.prop(settings, "softness")
        column.prop(settings, "ink")
        column.prop(settings, "colour", text="Where None Is Known" if settings.ink == "drawing" else None)
        column.prop(settings, "opacity")
        if settings.output == "plane":
            column.prop(settings, "pin")


class DOODLE_BRIDGE_PT_transform(_FramePanel, bpy.types.Panel):
    bl_idname = "DOODLE_BRIDGE_PT_transform"
    bl_label = "Transform"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        settings, column = self.settings(context), self.column()
        if session.get().transforms is False:
            column.label(text="This model cannot transform drawings: keep all at 0", icon="INFO")
            column.active = False  # greyed, yet a value can still be set back to 0
        column.prop(settings, "transform_weight")
        shift = column.column(align=True)
        shift.prop(settings, "transform_x")
        shift.prop(settings, "transform_y")
        column.prop(settings, "transform_scale")
        column.prop(settings, "transform_rotation")


class DOODLE_BRIDGE_PT_output(_SettingsPanel, bpy.types.Panel):
    bl_idname = "DOODLE_BRIDGE_PT_output"
    bl_label = "Output"
    bl_order = 1  # after those of other modules

    def draw(self, context: bpy.types.Context) -> None:
        settings, column = self.settings(context), self.column()
        advice = workbench.advice(context.scene, context.object)
        if advice:
            _wrapped(column, advice)
        if settings.space:
            row = column.row(align=True)
            for output, name, *_ in OUTPUTS:
                chosen = settings.output == output
                row.operator("doodle_bridge.change_output", text=name, depress=chosen).output = output
        column.prop(settings, "size")
        column.prop(settings, "fitted")
        column.prop(settings, "bake_range")
        if settings.bake_range == "custom":
            typed = column.column(align=True)
            typed.prop(settings, "bake_first")
            typed.prop(settings, "bake_last")
        column.prop(settings, "bake_format")
        if settings.bake_format == "png":
            column.row().prop(settings, "bake_depth", expand=True)
        column.prop(settings, "bake_folder")
        column.separator()
        row = column.row(align=True)
        row.scale_y = 1.2
        now = bake.running()
        if now is not None:
            row.operator("doodle_bridge.bake", text="Stop", icon="CANCEL")
            column.progress(text=now.text, factor=now.done / max(1, now.count), translate=False)
        else:
            row.operator("doodle_bridge.bake", text="Bake", icon="RENDER_ANIMATION")
            row.operator("doodle_bridge.free_bake", text="Free")
        column.operator_menu_enum("doodle_bridge.use_bake", "to", text="Use Bake As", icon="SEQUENCE")
        column.operator("doodle_bridge.bake_strokes", icon="OUTLINER_OB_GREASEPENCIL")
        column.operator("doodle_bridge.export", icon="EXPORT")
        if settings.strokes_layers:
            row = column.row(align=True)
            row.operator("doodle_bridge.show_strokes")
            row.operator("doodle_bridge.show_doodle")


class DOODLE_BRIDGE_PT_model(_SettingsPanel, bpy.types.Panel):
    bl_idname = "DOODLE_BRIDGE_PT_model"
    bl_label = "Model"
    bl_order = 2
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        settings, layout = self.settings(context), self.layout
        loaded = session.get().loaded
        column = layout.column(align=True)
        if loaded is None:
            column.label(text="The model is loaded when it is needed", icon="INFO")
        else:
            column.label(text=loaded.card.name, icon="RNA", translate=False)
            column.label(text=loaded.engine_name, icon="BLANK1", translate=False)
            for line in textwrap.wrap(loaded.engine_why, WIDE):
                column.label(text=line, icon="BLANK1", translate=False)
            if settings.model_id and settings.model_id != loaded.card.id:
                column.label(text="The keys are of another model: Update Keys", icon="ERROR")
        row = layout.row(align=True)
        row.operator("doodle_bridge.self_test", icon="CHECKMARK")
        row.operator("preferences.addon_show", text="Preferences", icon="PREFERENCES").module = _ADDON


_ADDON = __package__.rpartition(".")[0] if __package__ else ""

CLASSES = (
    DOODLE_BRIDGE_PT_main,
    DOODLE_BRIDGE_PT_keys,
    DOODLE_BRIDGE_PT_source,
    DOODLE_BRIDGE_PT_motion,
    DOODLE_BRIDGE_PT_boil,
    DOODLE_BRIDGE_PT_look,
    DOODLE_BRIDGE_PT_transform,
    DOODLE_BRIDGE_PT_output,
    DOODLE_BRIDGE_PT_model,
)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
