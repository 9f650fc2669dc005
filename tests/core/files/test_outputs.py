"""What `doodle animate -o` makes of a name: vector films whole or not at all, and one line for what it cannot."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from doodle_core.cli import main
from doodle_core.errors import DoodleError
from doodle_core.files.figures import Page
from doodle_core.files.vector import write_vector

KEYS = 2
BETWEEN = 3


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """A bar, and the bar turned: red, on white."""
    folder = tmp_path_factory.mktemp("pictures")
    for number, ends in enumerate([(20, 48, 76, 48), (28, 28, 68, 68)]):
        image = Image.new("RGB", (96, 96), "white")
        ImageDraw.Draw(image).line(ends, fill=(200, 0, 0), width=6)
        image.save(folder / f"{number}.png")
    return [str(path) for path in sorted(folder.iterdir())]


def _animated(pictures: list[str], output: Path, *more: str) -> int:
    return main(["animate", *pictures, "-o", str(output), "--frames-between", str(BETWEEN), *more])


def test_svg_and_lottie_hold_the_whole_film(pictures: list[str], tmp_path: Path) -> None:
    frames = (KEYS - 1) * (BETWEEN + 1) + 1
    assert _animated(pictures, tmp_path / "film.svg", "--fps", "10") == 0
    root = ET.parse(tmp_path / "film.svg").getroot()
    rounds = {move.get("dur") for move in root.iter() if move.tag.endswith("}animate")}
    assert root.get("width") == "512" and rounds == {f"{frames / 10:g}s".removeprefix("0")}
    assert _animated(pictures, tmp_path / "film.JSON", "--fps", "24", "--size", "256") == 0
    film = json.loads((tmp_path / "film.JSON").read_text())
    assert (film["op"], film["fr"], film["w"]) == (frames, 24, 256)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["film.JSON", "film.svg"]


def test_vector_films_are_in_colour_and_may_be_transparent(pictures: list[str], tmp_path: Path) -> None:
    _animated(pictures, tmp_path / "on.svg")
    _animated(pictures, tmp_path / "off.svg", "--rgba")
    paper, clear = ((tmp_path / name).read_text() for name in ("on.svg", "off.svg"))
    assert 'fill="#fff"' in paper and 'fill="#fff"' not in clear
    colours = {value for part in clear.split('stroke="')[1:] + clear.split('fill="')[1:] for value in [part[:7]]}
    assert any(value.startswith("#c") and value[3:].strip("0") == "" for value in colours), colours


def test_the_same_pictures_make_the_same_file(pictures: list[str], tmp_path: Path) -> None:
    for name in ("a.json", "b.json"):
        assert _animated(pictures, tmp_path / name) == 0
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()


@pytest.mark.parametrize(
    ("name", "more", "said"),
    [
        ("film.webm", (), "let the name end in .gif, .mp4, .svg or .json, or name a folder"),
        ("film.gif", ("--rgba",), "cannot be transparent"),
        ("film.svg", ("--model", "mixer"), "makes pictures, not strokes"),
    ],
)
def test_what_cannot_be_is_told_in_one_line(
    pictures: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    more: tuple[str, ...],
    said: str,
) -> None:
    assert _animated(pictures, tmp_path / name, *more) == 2
    told = capsys.readouterr().err
    assert said in told and told.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_folder_stands_in_the_way(pictures: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "film.svg").mkdir()
    assert _animated(pictures, tmp_path / "film.svg") == 2
    assert "is a folder" in capsys.readouterr().err


def test_another_ending_is_no_vector_film(tmp_path: Path) -> None:
    with pytest.raises(DoodleError, match="no vector film"):
        write_vector(tmp_path / "film.tgs", [], Page.square(64))
