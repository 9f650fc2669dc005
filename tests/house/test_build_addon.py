"""What goes into an extension zip, without building one: names, tags, and a manifest that Blender can read."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

import build_addon
from build_addon import ADDON, BuildError, Target, distribution_name, manifest

BASE = (ADDON / "blender_manifest.toml").read_text(encoding="utf-8")
WHEELS = [Path("wheels/a-1.0-py3-none-any.whl"), Path("wheels/b-2.0-cp311-cp311-win_amd64.whl")]


def test_the_manifest_is_completed_and_stays_whole() -> None:
    before = tomllib.loads(BASE)
    after = tomllib.loads(manifest(BASE, "1.2.3", Target("windows-x64", "3.11"), WHEELS))
    assert after["version"] == "1.2.3"
    assert after["platforms"] == ["windows-x64"]
    assert after["wheels"] == ["./wheels/a-1.0-py3-none-any.whl", "./wheels/b-2.0-cp311-cp311-win_amd64.whl"]
    for key in before.keys() - {"version"}:
        assert after[key] == before[key]  # the tables too: nothing slipped into one


def test_a_manifest_without_its_version_line_is_refused() -> None:
    with pytest.raises(BuildError, match="version"):
        manifest('id = "x"\n', "1.0.0", Target("linux-x64", "3.11"), [])


def test_the_base_manifest_keeps_blender_s_rules() -> None:
    base = tomllib.loads(BASE)
    assert base["id"] == "doodle_bridge" and base["blender_version_min"] == "4.5.0"
    assert len(base["tagline"]) <= 64 and not base["tagline"].endswith(".")
    assert "SPDX:GPL-3.0-or-later" in base["license"]


@pytest.mark.parametrize(
    ("target", "name"),
    [
        (Target("linux-x64", "3.11"), "doodle_bridge-0.1.0-linux-x64-py311.zip"),
        (Target("macos-arm64", "3.13"), "doodle_bridge-0.1.0-macos-arm64-py313.zip"),
    ],
)
def test_a_zip_is_named_by_platform_and_python(target: Target, name: str) -> None:
    assert target.file_name("0.1.0") == name


@pytest.mark.parametrize(
    ("requirement", "name"),
    [("imageio-ffmpeg>=0.5", "imageio-ffmpeg"), ("numpy", "numpy"), ("Py_PNG==1", "py-png"), ("a[b]<2", "a")],
)
def test_a_requirement_s_name(requirement: str, name: str) -> None:
    assert distribution_name(requirement) == name


def test_what_is_left_out_is_something_the_project_asks_for() -> None:
    asked = {distribution_name(line) for line in build_addon.project()["dependencies"]}
    assert asked >= build_addon.LEFT_OUT


def test_blender_s_own_tool_is_found() -> None:
    assert build_addon.blender_ext().name == "blender_ext.py"


def test_a_missing_platform_is_an_argument_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as leaving:
        build_addon.main(["--platform", "amiga"])
    assert leaving.value.code == 2 and "amiga" in capsys.readouterr().err
