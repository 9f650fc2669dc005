"""Picture files as keys: sheets, papers, what is said of them, and what is shown of them without making anything."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from doodle_core.cli import main
from doodle_core.drawing import Drawing, Picture
from doodle_core.errors import DoodleError
from doodle_core.inputs import Key, Sheet, cells_of_file, polarity_of, read_input, warnings
from doodle_core.reading.settings import Reading

SIZE = 96


def arrow(paper: int = 255, ink: int = 0) -> Image.Image:
    image = Image.new("L", (SIZE, SIZE), paper)
    ImageDraw.Draw(image).line([(20, 60), (60, 30), (76, 66)], fill=ink, width=5)
    return image


def sheet_of(count: int, paper: int = 255) -> Image.Image:
    image = Image.new("L", (SIZE * count, SIZE), paper)
    for number in range(count):
        image.paste(arrow(paper), (SIZE * number, 0))
    return image


@pytest.mark.parametrize("paper", ["removed", "kept"])
def test_the_tone_of_paper_is_removed_or_kept(tmp_path: Path, paper: str) -> None:
    arrow(235, 60).save(tmp_path / "a.png")
    (picture,), _ = cells_of_file(tmp_path / "a.png", Sheet(), Reading(paper=paper))
    corner = picture.ink[:10, :10].max()
    assert corner == 0 if paper == "removed" else corner == pytest.approx(20 / 255, abs=0.01)
    assert picture.ink.max() > 0.6


def test_colours_that_are_pale_are_kept_where_colours_are_meant(tmp_path: Path) -> None:
    image = Image.new("RGB", (SIZE, SIZE), "white")
    ImageDraw.Draw(image).line([(10, 10), (80, 70)], fill=(120, 112, 112), width=5)
    image.save(tmp_path / "a.png")
    for ink, coloured in (("auto", False), ("colours", True)):
        (picture,), _ = cells_of_file(tmp_path / "a.png", Sheet(), Reading(ink=ink))
        assert (picture.colours is not None) == coloured


def test_cells_are_named_and_blank_ones_are_said(tmp_path: Path) -> None:
    sheet = sheet_of(3)
    sheet.paste(255, (SIZE, 0, 2 * SIZE, SIZE))
    sheet.save(tmp_path / "s.png")
    found = read_input([tmp_path / "s.png"], Sheet(3, 1), Reading())
    assert [key.name for key in found.keys] == [f"{tmp_path / 's.png'}, cell {number}" for number in (1, 3)]
    assert found.notes == (f"{tmp_path / 's.png'}: cell 2 is blank: skipped",)


@pytest.mark.parametrize(("paper", "polarity"), [(255, "dark"), (0, "light")])
def test_the_polarity_is_that_of_the_border(paper: int, polarity: str) -> None:
    assert polarity_of(np.asarray(arrow(paper, 255 - paper))) == polarity


def test_a_picture_that_was_hardly_read_is_named() -> None:
    ink = np.zeros((SIZE, SIZE), np.float32)
    ink[30:34, 10:80] = 1
    key = Key("a.png", Picture(ink))
    nothing = Drawing.make([], 1.0)
    whole = Drawing.make([np.array([[10, 32], [80, 32]]) / SIZE], 2 / SIZE)
    assert [line.split(":")[0] for line in warnings([key, key], [nothing, whole])] == ["a.png"]


@pytest.mark.parametrize("output", ["out", "out.gif"])
def test_a_dry_run_shows_what_is_read_and_makes_nothing_else(
    tmp_path: Path, output: str, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet_of(2).save(tmp_path / "s.png")
    flags = ["--sheet", "2x1", "--dry-run"]
    assert main(["animate", str(tmp_path / "s.png"), "-o", str(tmp_path / output), *flags]) == 0
    made = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*"))
    assert made == ["out/read-0001.png", "out/read-0002.png", "out/sheet-01.png", "s.png"]
    box = np.asarray(Image.open(tmp_path / "out" / "sheet-01.png"))
    assert box.shape == (SIZE, 2 * SIZE, 3) and (box[0, 10] == (220, 30, 30)).all()
    lines = np.asarray(Image.open(tmp_path / "out" / "read-0001.png").convert("RGB")).astype(int)
    assert (np.ptp(lines, axis=2) > 60).sum() > 100
    assert "lines and" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("flags", "said"),
    [(["--sensitivity", "2"], "--sensitivity"), (["--paper", "thick"], "--paper"), (["--ink", "x"], "--ink")],
)
def test_settings_that_are_not_possible_are_named(
    tmp_path: Path, flags: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["animate", "a.png", "-o", str(tmp_path / "out"), *flags])
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_a_picture_without_ink_is_named(tmp_path: Path) -> None:
    Image.new("L", (SIZE, SIZE), 255).save(tmp_path / "a.png")
    with pytest.raises(DoodleError, match=r"a\.png: nothing is drawn"):
        read_input([tmp_path / "a.png"], Sheet(), Reading())
