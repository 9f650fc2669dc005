"""The table of engines measures what runs, and says what does not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from doodle_core.model import weights_folder
from training.engines import SIZE, main, measure

ROOT = Path(__file__).parents[2]


def test_engines_are_measured_and_draw_the_same_pictures() -> None:
    (onnx, wanted), (other, found) = (measure(weights_folder(), kind, "cpu", 1) for kind in ("onnx", "torch"))
    assert (onnx.name, other.name) == ("onnx cpu", "torch cpu")
    assert min(onnx.start, onnx.longest, onnx.frames) > 0
    assert wanted.shape[1:] == (SIZE, SIZE) and wanted.max() == 1.0
    assert len({picture.tobytes() for picture in wanted}) == len(wanted), "they move"
    assert np.abs(found - wanted).max() <= 1 / 255


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_an_engine_that_does_not_start_is_one_line() -> None:
    command = [sys.executable, "-m", "training.engines", "--one", "torch", "gpu", "1", "--pictures", "none.npy"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and done.stdout == "" and done.stderr.count("\n") == 1


def test_a_folder_without_a_model_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--model", str(tmp_path), "--one", "onnx", "cpu", "1", "--pictures", str(tmp_path / "p.npy")]) == 1
    assert "card.json" in capsys.readouterr().err
