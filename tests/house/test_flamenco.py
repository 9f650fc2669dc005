"""The Flamenco job type, run under the interface that Flamenco 3 gives its scripts: what becomes of a job."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import quickjs

SCRIPT = Path(__file__).resolve().parents[2] / "farm" / "flamenco" / "doodle_bridge.js"

# What Flamenco's manual and its own job types call: JavaScript sees these names and no others.
INTERFACE = """
const print = () => {};
const formatTimestampLocal = (when) => "2026-11-23_093000";
const path = {
    dirname: (p) => p.slice(0, p.lastIndexOf("/")),
    basename: (p) => p.slice(p.lastIndexOf("/") + 1),
    stem: (p) => path.basename(p).replace(/\\.[^.]*$/, ""),
    join: (...parts) => parts.join("/"),
};
const author = {
    Command: (name, parameters) => ({ name, parameters }),
    Task: (name, type) => {
        const task = { name, type, commands: [], dependencies: [] };
        return Object.assign(task, {
            addCommand: (command) => { task.commands.push(command); },
            addDependency: (other) => { task.dependencies.push(other.name); },
        });
    },
};
// '1-3, 7' in twos: '1-2', '3,7'.
function frameChunker(frames, size) {
    const each = [];
    for (const part of `${frames}`.split(",")) {
        const [first, last] = part.trim().split("-").map(Number);
        for (let frame = first; frame <= (last || first); frame += 1) each.push(frame);
    }
    const chunks = [];
    for (let start = 0; start < each.length; start += size) {
        const runs = [];
        for (const frame of each.slice(start, start + size)) {
            const run = runs[runs.length - 1];
            if (run && run[1] === frame - 1) run[1] = frame; else runs.push([frame, frame]);
        }
        chunks.push(runs.map(([a, b]) => a === b ? `${a}` : `${a}-${b}`).join(","));
    }
    return chunks;
}
"""
SETTINGS = {
    "frames": "1-10",
    "bake_chunk_size": 4,
    "chunk_size": 5,
    "only_bake": False,
    "render_output_path": "/films/out/walk/{timestamp}/######",
    "blendfile": "/films/jobs/walk/walk.flamenco.blend",
    "scene": "Scene",
    "fps": 24,
    "format": "PNG",
    "image_file_extension": ".png",
}


@dataclass
class Task:
    name: str
    type: str
    commands: list[dict[str, Any]] = field(default_factory=list)
    dependencies: list[str] = field(default_factory=list)

    @property
    def arguments(self) -> list[str]:
        """Those of its only command: what Blender is called with, after the file."""
        (command,) = self.commands
        return command["parameters"]["args"]


def compiled(**settings: object) -> dict[str, Task]:
    """The tasks of a job with these settings, by name, in their order. Raises quickjs.JSException."""
    context = quickjs.Context()
    context.eval(INTERFACE + SCRIPT.read_text(encoding="utf-8"))
    job = {"name": "walk", "created": "2026-11-23T09:30:00Z", "settings": {**SETTINGS, **settings}}
    answer = context.eval(f"""(() => {{
        const job = {json.dumps(job)}, tasks = [];
        job.addTask = (task) => {{ tasks.push(task); }};
        compileJob(job);
        return JSON.stringify(tasks);
    }})()""")
    tasks = [Task(**one) for one in json.loads(answer)]
    names = [task.name for task in tasks]
    assert len(set(names)) == len(names)
    for number, task in enumerate(tasks):  # Flamenco knows a task once it was added
        assert set(task.dependencies) <= set(names[:number])
    return {task.name: task for task in tasks}


def test_a_job_bakes_in_chunks_joins_renders_in_chunks_and_makes_a_film() -> None:
    tasks = compiled()
    assert list(tasks) == ["bake-1-4", "bake-5-8", "bake-9-10", "bake-join", "render-1-5", "render-6-10", "film"]
    assert [task.type for task in tasks.values()] == ["blender"] * 6 + ["ffmpeg"]
    assert tasks["bake-join"].dependencies == ["bake-1-4", "bake-5-8", "bake-9-10"]
    assert tasks["render-1-5"].dependencies == tasks["render-6-10"].dependencies == ["bake-join"]
    assert tasks["film"].dependencies == ["render-1-5", "render-6-10"]
    assert tasks["bake-5-8"].dependencies == []


def test_what_blender_is_called_with() -> None:
    tasks = compiled()
    out = "/films/out/walk/2026-11-23_093000"
    bake = ["--scene", "Scene", "--command", "doodle_bridge", "bake", "--frames"]
    assert tasks["bake-5-8"].arguments == [*bake, "5-8", "--output", f"{out}/doodles"]
    join = [*bake, "1-10", "--output", f"{out}/doodles", "--save", f"{out}/doodles/walk-baked.blend"]
    assert tasks["bake-join"].arguments == join
    assert tasks["bake-join"].commands[0]["parameters"]["blendfile"] == "/films/jobs/walk/walk.flamenco.blend"
    (render,) = tasks["render-6-10"].commands
    assert render["name"] == "blender-render" and render["parameters"]["exe"] == "{blender}"
    assert render["parameters"]["blendfile"] == f"{out}/doodles/walk-baked.blend"
    assert tasks["render-6-10"].arguments[-6:] == [
        *("--render-output", f"{out}/######"),
        *("--render-format", "PNG"),
        *("--render-frame", "6..10"),
    ]
    (film,) = tasks["film"].commands
    assert film["name"] == "frames-to-video" and film["parameters"]["fps"] == 24
    assert film["parameters"]["inputGlob"] == f"{out}/*.png"
    assert film["parameters"]["outputFile"] == f"{out}/walk-1-10.mp4"


def test_the_command_understands_what_it_is_called_with(tmp_path: Path) -> None:
    from blender_addon.commands import _parser

    for name in ("bake-9-10", "bake-join"):
        arguments = compiled()[name].arguments
        options = _parser().parse_args(arguments[arguments.index("doodle_bridge") + 1 :])
        assert options.frames == ((9, 10) if name == "bake-9-10" else (1, 10))
        assert (options.save is not None) == (name == "bake-join")


def test_frames_here_and_there_are_baked_range_by_range() -> None:
    tasks = compiled(frames="3, 5-10, 47", bake_chunk_size=3, chunk_size=100)
    ranges = [command["parameters"]["args"][6] for command in tasks["bake-3,5-6"].commands]
    assert ranges == ["3", "5-6"]
    assert tasks["bake-join"].arguments[6] == "3-47"
    assert tasks["render-3,5-10,47"].arguments[-1] == "3,5..10,47"


def test_a_job_that_only_bakes() -> None:
    assert list(compiled(only_bake=True, format="FFMPEG")) == ["bake-1-4", "bake-5-8", "bake-9-10", "bake-join"]


@pytest.mark.parametrize("format", ["OPEN_EXR", "OPEN_EXR_MULTILAYER"])
def test_no_film_of_pictures_that_ffmpeg_does_not_read(format: str) -> None:
    assert list(compiled(format=format))[-1] == "render-6-10"


def test_a_film_cannot_be_rendered_in_chunks() -> None:
    with pytest.raises(quickjs.JSException, match="FFMPEG"):
        compiled(format="FFMPEG")


def test_every_setting_is_of_a_kind_that_flamenco_knows() -> None:
    context = quickjs.Context()
    context.eval(INTERFACE + SCRIPT.read_text(encoding="utf-8"))
    settings = json.loads(context.eval("JSON.stringify(JOB_TYPE)"))["settings"]
    assert {one["type"] for one in settings} <= {"string", "int32", "float", "bool"}
    assert {one["subtype"] for one in settings if "subtype" in one} <= {"file_path", "dir_path", "hashed_file_path"}
    assert {one["visible"] for one in settings if "visible" in one} <= {"hidden", "visible", "submission", "web"}
    assert set(SETTINGS) <= {one["key"] for one in settings}
