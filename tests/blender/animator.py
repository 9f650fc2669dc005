"""An animator who does anything to doodles, and takes it back: every state must be what it was."""

from __future__ import annotations

import random
from pathlib import Path

import bpy
import numpy as np

from blender_addon import properties, session
from blender_addon.keyframes import keys
from tests.blender.conftest import arc, draw, pencil, picture_of

State = dict[str, tuple[object, ...]]


def state() -> State:
    """Keys, their times, settings and where the pictures come from, of each doodle."""
    found: State = {}
    for ob in properties.doodles():
        settings = ob.doodle_bridge
        source = settings.source
        found[ob.name] = (
            tuple((key.frame, key.digest, key.latent, key.state) for key in settings.keys),
            tuple(keys.key_times(ob)),
            tuple(round(value, 5) for value in (settings.line_weight, settings.sigma, settings.boil, settings.opacity)),
            (settings.method, settings.size, settings.loop, settings.is_baked, settings.active_key),
            (source.name, source.hide_viewport) if source else None,
        )
    return found


def assert_pictures(alone: session.Session) -> None:
    """Each plane shows what a session of its own, which remembers nothing of the live ones, draws for it."""
    scene, depsgraph = bpy.context.scene, bpy.context.evaluated_depsgraph_get()
    for ob in properties.doodles():
        if not ob.doodle_bridge.is_baked and ob.visible_get():
            request = keys.frame_request(ob.evaluated_get(depsgraph), scene.frame_current_final)
            np.testing.assert_allclose(picture_of(ob), alone.render(request), atol=1e-5, err_msg=ob.name)


class Animator:
    """Somebody who does anything, one step after the other; `dice` decide."""

    def __init__(self, dice: random.Random, folder: Path) -> None:
        self.dice, self.folder = dice, folder

    def any_doodle(self) -> bpy.types.Object | None:
        found = properties.doodles()
        if not found:
            return None
        ob = self.dice.choice(found)
        bpy.ops.object.select_all(action="DESELECT")
        bpy.context.view_layer.objects.active = ob
        ob.select_set(True)
        return ob

    def step(self) -> str:
        kinds = [self.make, self.setting, self.retime, self.redraw, self.remove_key, self.duplicate, self.delete]
        kinds += [self.setting, self.animate, self.bake, self.rename, self.go]
        kind = self.make if len(properties.doodles()) < 2 else self.dice.choice(kinds)
        if len(properties.doodles()) > 5:
            kind = self.delete
        kind()
        bpy.context.scene.frame_set(bpy.context.scene.frame_current)  # what was keyed shows the value of this frame
        bpy.ops.ed.undo_push(message=kind.__name__)
        return kind.__name__

    def make(self) -> None:
        lifts = [self.dice.uniform(-1, 1) for _ in range(self.dice.randint(1, 3))]
        pencil({1 + 8 * number: [arc(lift)] for number, lift in enumerate(lifts)}, name="Sketch")
        assert bpy.ops.doodle_bridge.from_grease_pencil(output="plane", size=64) == {"FINISHED"}

    def setting(self) -> None:
        settings = self.any_doodle().doodle_bridge
        name, value = self.dice.choice(
            [("line_weight", 1.0), ("sigma", 0.7), ("boil", 0.5), ("opacity", 0.5), ("method", "hold"), ("size", 80)]
        )
        setattr(settings, name, value if not isinstance(value, float) else value * self.dice.random())

    def retime(self) -> None:
        curve = keys.position_curve(self.any_doodle())
        if curve is not None and len(curve.keyframe_points):
            curve.keyframe_points[-1].co.x += self.dice.randint(1, 5)
            curve.update()

    def redraw(self) -> None:
        ob = self.any_doodle()
        source = ob.doodle_bridge.source
        if source is None or ob.doodle_bridge.is_baked:
            return
        layer = source.data.layers[0]
        free = max(frame.frame_number for frame in layer.frames) + 3
        draw(layer.frames.new(free), [arc(self.dice.uniform(-1, 1))])
        assert bpy.ops.doodle_bridge.update_keys() == {"FINISHED"}

    def remove_key(self) -> None:
        ob = self.any_doodle()
        if len(ob.doodle_bridge.keys) > 1:
            ob.doodle_bridge.active_key = 0
            assert bpy.ops.doodle_bridge.remove_key() == {"FINISHED"}

    def animate(self) -> None:
        ob = self.any_doodle()
        for frame in (1, 9):
            ob.doodle_bridge.sigma = self.dice.random()
            ob.keyframe_insert("doodle_bridge.sigma", frame=frame)

    def duplicate(self) -> None:
        self.any_doodle()
        assert bpy.ops.object.duplicate(linked=self.dice.random() < 0.5) == {"FINISHED"}

    def delete(self) -> None:
        ob = self.any_doodle()
        source = ob.doodle_bridge.source
        bpy.data.objects.remove(ob)
        if source is not None and self.dice.random() < 0.3:
            bpy.data.objects.remove(source)

    def rename(self) -> None:
        self.any_doodle().name = f"Renamed {self.dice.randint(0, 99)}"

    def bake(self) -> None:
        ob = self.any_doodle()
        if ob.doodle_bridge.is_baked:
            assert bpy.ops.doodle_bridge.free_bake() == {"FINISHED"}
        else:
            folder = str(self.folder / f"{ob.name} {self.dice.random()}")
            assert bpy.ops.doodle_bridge.bake(first=1, last=2, folder=folder) == {"FINISHED"}

    def go(self) -> None:
        bpy.context.scene.frame_set(self.dice.randint(0, 20))


def walk(seed: int, making: int, steps: int, folder: Path) -> None:
    """`making` random edits, then `steps` of undo, redo and further edits, each state compared with what it was."""
    dice = random.Random(seed)
    edit = bpy.context.preferences.edit
    edit.undo_steps, edit.use_global_undo = 256, True
    animator, alone = Animator(dice, folder), session.Session()
    bpy.ops.ed.undo_push(message="begin")
    states, at = [state()], 0
    for number in range(making + steps):
        back, forth = at > 0, at + 1 < len(states)
        move = "edit" if number < making else dice.choice(["undo"] * 5 * back + ["redo"] * 4 * forth + ["edit"])
        if move == "edit":
            move = animator.step()
            states, at = [*states[: at + 1], state()], at + 1
        elif move == "undo":
            assert bpy.ops.ed.undo() == {"FINISHED"}
            at -= 1
        else:
            assert bpy.ops.ed.redo() == {"FINISHED"}
            at += 1
        assert state() == states[at], f"step {number}, {move}, seed {seed}"
        assert_pictures(alone)
