"""Baked pictures where an animator takes them next: the Video Sequencer, a camera's background, the compositor.

Each finds what it made before by the folder that it plays, and brings that up to date instead of adding it twice.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
from bpy.app.translations import pgettext_rpt as rpt_
from bpy.app.translations import pgettext_tip as tip_
from bpy.props import EnumProperty

from .. import polls
from .playback import line_up

PLACES = (
    ("STRIP", "Video Sequencer", "A strip above the others, at the frames of the scene", "SEQUENCE", 0),
    ("BACKGROUND", "Camera Background", "A background picture of the scene's camera", "CAMERA_DATA", 1),
    ("COMPOSITOR", "Compositor", "A picture over what the compositor makes", "NODE_COMPOSITING", 2),
)
CHANNELS = 128
"""As many as the Video Sequencer has."""
OUTPUTS = ("CompositorNodeComposite", "NodeGroupOutput")
"""The node that a compositor's result goes to: before Blender 5.0, and since."""


class DOODLE_BRIDGE_OT_use_bake(bpy.types.Operator):
    """Add the baked pictures to the scene; where they are already, bring them up to date"""

    bl_idname = "doodle_bridge.use_bake"
    bl_label = "Use Bake"
    bl_options = {"REGISTER", "UNDO"}

    to: EnumProperty(name="To", description="Where the baked pictures go", items=PLACES, default="STRIP")

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        ob = polls.doodle(cls, context)
        if ob is None:
            return False
        if not ob.doodle_bridge.is_baked or ob.doodle_bridge.bake_image is None:
            cls.poll_message_set("Bake the doodle first")
            return False
        return True

    @classmethod
    def description(cls, _context: bpy.types.Context, properties: Any) -> str:
        told = {place[0]: place[2] for place in PLACES}
        return f"{tip_(told[properties.to])}. {tip_('Where it is already, it is brought up to date')}"

    def execute(self, context: bpy.types.Context) -> set[str]:
        from doodle_core.errors import DoodleError

        ob = context.object
        assert ob is not None  # poll
        use = {"STRIP": as_strip, "BACKGROUND": as_background, "COMPOSITOR": in_compositor}[self.to]
        try:
            self.report({"INFO"}, use(context, ob))
        except DoodleError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        return {"FINISHED"}


def as_strip(context: bpy.types.Context, ob: bpy.types.Object) -> str:
    """Play the doodle's pictures in the Video Sequencer, above what is there at their time. Returns what to tell.

    Raises DoodleError when no channel is free.
    """
    settings = ob.doodle_bridge
    image: Any = settings.bake_image
    start, end = settings.bake_start, settings.bake_end
    scene = _sequencer_scene(context)
    editor = scene.sequence_editor or scene.sequence_editor_create()
    # Blender 4.4 and later; `sequences` before 5.0 is another name for them.
    strips: Any = editor.strips
    names = [f"{frame:04d}{Path(image.filepath).suffix}" for frame in range(start, end + 1)]
    strip = next((one for one in strips if one.type == "IMAGE" and _folder(one.directory) == _folder_of(image)), None)
    found = strip is not None
    if strip is None:
        strip = strips.new_image(
            name=ob.name,
            filepath=str(Path(image.filepath).with_name(names[0])),
            channel=_free_channel(strips, start, end),
            frame_start=start,
            fit_method="FIT",
        )
        strip.blend_type = "ALPHA_OVER"
    while len(strip.elements) > 1:
        strip.elements.pop(-1)
    strip.elements[0].filename = names[0]
    for name in names[1:]:
        strip.elements.append(name)
    _set(strip, ("content_start", "frame_start"), start)
    strip.alpha_mode = image.alpha_mode
    strip.colorspace_settings.name = image.colorspace_settings.name
    return _told(rpt_("strip on channel {} of '{}'").format(strip.channel, scene.name), start, end, found)


def as_background(context: bpy.types.Context, ob: bpy.types.Object) -> str:
    """Play the doodle's pictures behind what the scene's camera sees. Returns what to tell.

    Raises DoodleError without a camera that can be edited.
    """
    from doodle_core.errors import DoodleError

    settings, camera = ob.doodle_bridge, context.scene.camera
    if camera is None or camera.type != "CAMERA":
        raise DoodleError(f"the scene '{context.scene.name}' has no camera: add one first")
    data: Any = camera.data
    if not data.is_editable:
        raise DoodleError(f"the camera '{camera.name}' is linked from another file: override it first")
    picture = next((one for one in data.background_images if _plays(one.image, settings.bake_image)), None)
    found = picture is not None
    if picture is None:
        picture = data.background_images.new()
        picture.alpha = 1.0
    picture.source = "IMAGE"
    picture.image = settings.bake_image
    line_up(picture.image_user, settings.bake_start, settings.bake_end, hold=False)
    picture.show_background_image = data.show_background_images = True
    return _told(rpt_("background of '{}'").format(camera.name), settings.bake_start, settings.bake_end, found)


def in_compositor(context: bpy.types.Context, ob: bpy.types.Object) -> str:
    """Lay the doodle's pictures over the result of the scene's compositor. Returns what to tell.

    Raises DoodleError where its nodes cannot be edited.
    """
    settings = ob.doodle_bridge
    tree = _compositor(context.scene)
    pictures = (node for node in tree.nodes if node.bl_idname == "CompositorNodeImage")
    node = next((one for one in pictures if _plays(one.image, settings.bake_image)), None)
    found = node is not None
    if node is None:
        node = _lay_over(tree)
        node.label = ob.name
    node.image = settings.bake_image
    line_up(node, settings.bake_start, settings.bake_end)
    return _told(rpt_("compositor of '{}'").format(context.scene.name), settings.bake_start, settings.bake_end, found)


def _sequencer_scene(context: bpy.types.Context) -> bpy.types.Scene:
    """The scene that the Video Sequencer shows. Since Blender 5.0 a workspace says so, and may not have said yet."""
    workspace: Any = context.workspace
    if not hasattr(workspace, "sequencer_scene"):
        return context.scene
    if workspace.sequencer_scene is None:
        workspace.sequencer_scene = context.scene
    return workspace.sequencer_scene


def _free_channel(strips: Any, start: int, end: int) -> int:
    """The first channel that is above all strips at these frames."""
    from doodle_core.errors import DoodleError

    there = [strip for strip in strips if _get(strip, ("left_handle", "frame_final_start")) <= end]
    there = [strip for strip in there if _get(strip, ("right_handle", "frame_final_end")) > start]
    channel = 1 + max((strip.channel for strip in there), default=0)
    if channel > CHANNELS:
        raise DoodleError(f"the Video Sequencer's channel {CHANNELS} is taken: move strips down")
    return channel


def _compositor(scene: bpy.types.Scene) -> Any:
    """The scene's compositor tree, made where there is none: nodes that pass on what is rendered."""
    from doodle_core.errors import DoodleError

    anyhow: Any = scene
    if not hasattr(scene, "compositing_node_group"):  # before Blender 5.0
        anyhow.use_nodes = True  # makes tree and nodes
        return anyhow.node_tree
    tree = anyhow.compositing_node_group
    if tree is None:
        tree = anyhow.compositing_node_group = bpy.data.node_groups.new(scene.name, "CompositorNodeTree")
        layers = tree.nodes.new("CompositorNodeRLayers")
        tree.links.new(layers.outputs["Image"], _result(tree))
        layers.location.x -= 900
    if not tree.is_editable:
        raise DoodleError(f"the compositor '{tree.name}' is linked from another file: make it local first")
    return tree


def _result(tree: Any) -> Any:
    """The socket that the result goes into."""
    ends = [node for node in tree.nodes if node.bl_idname in OUTPUTS]
    # Several: the one in use.
    ends.sort(key=lambda node: not getattr(node, "is_active_output", True))
    since_5 = bpy.app.version >= (5, 0, 0)
    end = ends[0] if ends else tree.nodes.new(OUTPUTS[since_5])
    colours = [socket for socket in end.inputs if socket.type == "RGBA"]
    if not colours:
        tree.interface.new_socket("Image", in_out="OUTPUT", socket_type="NodeSocketColor")
        colours = [socket for socket in end.inputs if socket.type == "RGBA"]
    return colours[0]


def _lay_over(tree: Any) -> Any:
    """A new image node, fitted to the frame and laid over the result so far. No other node is touched."""
    result = _result(tree)
    picture, scale, over = (tree.nodes.new(f"CompositorNode{name}") for name in ("Image", "Scale", "AlphaOver"))
    if hasattr(scale, "space"):  # before Blender 5.0
        scale.space, scale.frame_method = "RENDER_SIZE", "FIT"
    else:
        scale.inputs["Type"].default_value, scale.inputs["Frame Type"].default_value = "Render Size", "Fit"
    below, above = [socket for socket in over.inputs if socket.type == "RGBA"]
    below.default_value = (0.0, 0.0, 0.0, 0.0)
    if result.is_linked:
        tree.links.new(result.links[0].from_socket, below)
    tree.links.new(picture.outputs["Image"], scale.inputs["Image"])
    tree.links.new(scale.outputs["Image"], above)
    tree.links.new(over.outputs["Image"], result)
    for column, node in enumerate((over, scale, picture), start=1):
        node.location = (result.node.location.x - 220 * column, result.node.location.y - 250)
    return picture


def _plays(image: bpy.types.Image | None, other: bpy.types.Image) -> bool:
    """Whether both play the pictures of one folder."""
    return image is not None and image.source == "SEQUENCE" and _folder_of(image) == _folder_of(other)


def _folder_of(image: bpy.types.Image) -> Path:
    return Path(bpy.path.abspath(image.filepath)).parent


def _folder(directory: str) -> Path:
    return Path(bpy.path.abspath(directory))


def _get(strip: Any, names: tuple[str, str]) -> Any:
    """A value of a strip by its name, or by that in older Blenders."""
    return getattr(strip, names[0] if hasattr(strip, names[0]) else names[1])


def _set(strip: Any, names: tuple[str, str], value: int) -> None:
    setattr(strip, names[0] if hasattr(strip, names[0]) else names[1], value)


def _told(where: str, start: int, end: int, found: bool) -> str:
    line = rpt_("Frames {} to {} updated: {}") if found else rpt_("Frames {} to {} added: {}")
    return line.format(start, end, where)


register, unregister = bpy.utils.register_classes_factory((DOODLE_BRIDGE_OT_use_bake,))
