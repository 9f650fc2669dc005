"""The preferences: what runs the model, which model, and what is said of both."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import bpy
import numpy as np
import pytest
from numpy.typing import NDArray

from blender_addon import preferences, session
from blender_addon.operators import self_test
from doodle_core.engines import Choice, choosing
from doodle_core.engines.onnx import OnnxEngine
from doodle_core.model import weights_folder
from tests.blender.conftest import ADDON, picture_of

Maker = Callable[..., bpy.types.Object]
NEEDS_TORCH = pytest.mark.skipif(find_spec("torch") is None, reason="torch is not installed for this Blender")
TORCH = pytest.param("torch", marks=NEEDS_TORCH)


def chosen() -> preferences.DoodlePreferences:
    return bpy.context.preferences.addons[ADDON].preferences


@pytest.fixture
def own_model(tmp_path: Path) -> Path:
    return Path(shutil.copytree(weights_folder(), tmp_path / "own", ignore=shutil.ignore_patterns("strips", "mixer")))


def shown(frame: int) -> NDArray[np.float32]:
    bpy.context.scene.frame_set(frame)
    return picture_of(bpy.data.objects["Drawing Doodle"]).copy()


@pytest.mark.parametrize("threads", [0, 1, 2])
@pytest.mark.parametrize("engine", ["auto", "onnx", TORCH])
def test_every_engine_shows_the_same_pictures(make_doodle: Maker, engine: str, threads: int) -> None:
    make_doodle()
    before = shown(6)
    chosen().engine = engine
    chosen().threads = threads
    assert np.abs(shown(6) - before).max() <= 1 / 255
    model = session.get().model
    assert model.engine_name == f"{'onnx' if engine == 'auto' else engine} cpu" and model.engine_why


def test_the_settings_reach_the_session(tmp_path: Path) -> None:
    kept = chosen()
    kept.engine, kept.device, kept.threads, kept.gpu_in_renders = "onnx", "gpu", 3, True
    assert session.get().settings == session.Settings(None, "onnx", "gpu", 3, True)


def test_without_a_window_auto_leaves_the_gpu_to_renders_unless_it_is_asked_not_to() -> None:
    assert bpy.app.background
    assert session.get().model.engine_why == "without a window, Auto leaves the GPU to renders"
    chosen().gpu_in_renders = True
    assert "GPU to renders" not in session.get().model.engine_why


def test_which_engine_runs_and_why_is_in_the_log_once(make_doodle: Maker, capsys: pytest.CaptureFixture[str]) -> None:
    make_doodle()
    for frame in (2, 3, 4):
        bpy.context.scene.frame_set(frame)
    said = capsys.readouterr().err.splitlines()
    assert said.count("doodle: onnx cpu runs 'doodle strokes': without a window, Auto leaves the GPU to renders") == 1


def test_a_gpu_that_is_not_there_is_one_line_and_the_same_pictures(
    make_doodle: Maker, capsys: pytest.CaptureFixture[str]
) -> None:
    make_doodle()
    before = shown(6)
    capsys.readouterr()
    chosen().engine, chosen().device = "onnx", "gpu"
    if session.get().model.choice.device != "cpu":
        pytest.skip("there is one")
    np.testing.assert_array_equal(shown(6), before)
    said = [line for line in capsys.readouterr().err.splitlines() if "no GPU can be used (" in line]
    assert said and all("going on with onnx cpu" in line for line in said)


# A render and its GPU


class Gpu(OnnxEngine):
    """ONNX Runtime under the name of a GPU: how Blender shares one is seen by the name alone."""

    def __init__(self, folder: Path, threads: int | None) -> None:
        super().__init__(folder, threads)
        self.choice = Choice("onnx", "webgpu")


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    cpu = choosing.KINDS["onnx"].cpu
    kind = choosing._Kind("onnxruntime", "onnx webgpu", "onnxruntime", cpu, Gpu)
    monkeypatch.setattr(choosing, "KINDS", {"onnx": kind})


def engines_of_a_render() -> list[str]:
    """Who draws before two renders, and in and after each."""
    names = [session.get().model.engine_name]

    def look(*_: object) -> None:
        names.append(session.get().model.engine_name)

    scene = bpy.context.scene
    scene.render.engine, scene.cycles.samples = "CYCLES", 1
    scene.render.resolution_x = scene.render.resolution_y = 16
    scene.camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    scene.collection.objects.link(scene.camera)
    bpy.app.handlers.render_pre.append(look)
    try:
        for frame in (2, 3):
            scene.frame_set(frame)
            bpy.ops.render.render()
            look()
    finally:
        bpy.app.handlers.render_pre.remove(look)
    return names


@pytest.mark.usefixtures("gpu")
@pytest.mark.parametrize(("asked", "inside"), [(False, "onnx cpu"), (True, "onnx webgpu")])
def test_a_render_keeps_its_gpu_unless_it_is_asked_not_to(make_doodle: Maker, asked: bool, inside: str) -> None:
    pytest.importorskip("cycles")
    make_doodle()
    chosen().device, chosen().gpu_in_renders = "gpu", asked
    assert engines_of_a_render() == ["onnx webgpu", inside, "onnx webgpu", inside, "onnx webgpu"]


@pytest.mark.usefixtures("gpu")
def test_a_render_that_is_the_first_to_draw_starts_no_gpu(make_doodle: Maker) -> None:
    make_doodle()
    chosen().device = "gpu"
    session.reset()
    session.leave_gpu(True)
    assert session.get().model.choice.device == "cpu"
    assert session.get().model.engine_why == "the GPU is the render's"
    session.leave_gpu(False)
    assert session.get().model.engine_name == "onnx webgpu"


def forget_matches() -> None:
    """As if no two keys had been matched yet."""
    model = session.get().model
    model._kept.clear()  # type: ignore[attr-defined]
    model._matches.clear()  # type: ignore[attr-defined]


@pytest.mark.usefixtures("gpu")
def test_a_gpu_that_fails_in_the_middle_is_told_and_leaves_the_same_pictures(
    make_doodle: Maker, capsys: pytest.CaptureFixture[str]
) -> None:
    make_doodle()
    before = [shown(frame) for frame in (4, 6, 14, 16)]
    chosen().device, chosen().engine = "gpu", "auto"
    model = session.get().model
    assert model.engine_name == "onnx webgpu"
    model.engine._now._sessions.clear()  # what was on it is gone, and it does not start again
    model.engine._now._folder = Path("nowhere")
    forget_matches()
    capsys.readouterr()
    for frame, expected in zip((4, 6, 14, 16), before, strict=True):
        assert np.abs(shown(frame) - expected).max() <= 1 / 255
    (line,) = [line for line in capsys.readouterr().err.splitlines() if "failed" in line]
    assert line.startswith("doodle: onnx webgpu failed (") and line.endswith("; going on with onnx cpu")
    assert session.get().loaded.engine_name == "onnx cpu" and "onnx webgpu failed" in session.get().loaded.engine_why


# The model's folder


def test_a_folder_is_looked_at_as_it_is_typed(own_model: Path) -> None:
    chosen().model_folder = str(own_model)
    line, right = preferences._checked(str(own_model))
    assert right and line == f"doodle strokes ({session.get().model_id})"


def _no_file(folder: Path) -> None:
    (folder / "matcher.onnx").unlink()


def _altered(folder: Path) -> None:
    data = bytearray((folder / "matcher.onnx").read_bytes())
    data[100] ^= 1
    (folder / "matcher.onnx").write_bytes(data)


def _large(folder: Path) -> None:
    with (folder / "matcher.onnx").open("r+b") as file:
        file.truncate(65 << 20)


def _pickle(folder: Path) -> None:
    card = json.loads((folder / "card.json").read_text())
    card["sha256"]["weights.pkl"] = "0" * 64
    (folder / "card.json").write_text(json.dumps(card))
    # Whoever loads it ends Python.
    (folder / "weights.pkl").write_bytes(b"cos\n_exit\n(I7\ntR.")


def _not_a_card(folder: Path) -> None:
    (folder / "card.json").write_text("[1, 2]")


def _nothing_named(folder: Path) -> None:
    card = json.loads((folder / "card.json").read_text())
    card["sha256"] = {}
    (folder / "card.json").write_text(json.dumps(card))


def _under_another_name(folder: Path) -> None:
    card = json.loads((folder / "card.json").read_text())
    card["id"] = "0123456789abcdef"
    (folder / "card.json").write_text(json.dumps(card))


def _gone(folder: Path) -> None:
    shutil.rmtree(folder)


HARMS = {
    _no_file: "matcher.onnx: No such file",
    _altered: "matcher.onnx: altered or damaged",
    _large: "matcher.onnx: it is larger than 64 MB",
    _pickle: "names 'weights.pkl', which models do not have",
    _not_a_card: "card.json: not a model card",
    _nothing_named: "card.json: names no matcher.onnx",
    _under_another_name: "its id is not that of its networks",
    _gone: "card.json: not found",
}


@pytest.mark.parametrize(("harm", "said"), HARMS.items(), ids=[harm.__name__ for harm in HARMS])
def test_a_folder_that_is_wrong_is_told_everywhere_and_breaks_nothing(
    make_doodle: Maker,
    own_model: Path,
    harm: Callable[[Path], None],
    said: str,
    reports: Callable[..., str],
    capfd: pytest.CaptureFixture[str],
) -> None:
    make_doodle()
    before = shown(6)
    harm(own_model)
    chosen().model_folder = str(own_model)
    line, right = preferences._checked(str(own_model))
    assert said in line and not right and "\n" not in line
    assert np.array_equal(shown(5), before), "the last picture stays; the bundled model does not draw in its place"
    assert session.get().loaded is None
    assert said in reports(bpy.ops.doodle_bridge.self_test)
    assert self_test.last() == (line, False)
    captured = capfd.readouterr()
    assert captured.out.count(f"Doodle Bridge: 'Drawing Doodle': {line}") == 1
    assert "Traceback" not in captured.out + captured.err
    chosen().model_folder = ""
    np.testing.assert_array_equal(shown(6), before)


def test_a_doodle_says_when_its_keys_are_of_another_model(
    make_doodle: Maker, capfd: pytest.CaptureFixture[str]
) -> None:
    doodle = make_doodle()
    kept = doodle.doodle_bridge.model_id
    chosen().model_folder = str(weights_folder() / "mixer")
    bpy.context.scene.frame_set(6)
    assert doodle.doodle_bridge.model_id == kept
    assert f"made by another model ({kept[:8]}" in capfd.readouterr().out


# The self-test


@pytest.mark.parametrize("engine", ["auto", TORCH])
def test_the_self_test_is_passed_and_tells_what_runs_and_how_fast(engine: str) -> None:
    chosen().engine = engine
    assert self_test.last() is None
    assert bpy.ops.doodle_bridge.self_test() == {"FINISHED"}
    line, passed = self_test.last()
    name = "torch cpu" if engine == "torch" else "onnx cpu"
    assert passed and line.startswith(f"doodle strokes on {name}: differs by ") and "ms a frame" in line
    chosen().threads = 1
    assert self_test.last() is None, "it was about other settings"


@NEEDS_TORCH
def test_the_self_test_fails_for_a_network_that_answers_otherwise(reports: Callable[..., str]) -> None:
    chosen().engine = "torch"
    for parameter in session.get().model.engine._networks["matcher"].parameters():
        parameter.mul_(1.01)
    assert "is wrong by" in reports(bpy.ops.doodle_bridge.self_test)
    assert self_test.last()[1] is False
