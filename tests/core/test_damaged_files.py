"""Damaged files of every kind: a right answer or one line that names the file. Thousands more in tests/hard."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.core.fuzzing import DATA, EXRS, MODELS, PICTURES, SEEDS, TORCH, cases, trouble

# Quick ones often: a case takes a millisecond, of EXR a twentieth of a second, of a model a tenth.
COUNTS = {
    **dict.fromkeys(PICTURES, 60),
    **dict.fromkeys(EXRS, 3),
    **dict.fromkeys(DATA, 60),
    **dict.fromkeys(MODELS, 6),
}


@pytest.mark.parametrize("kind", COUNTS)
def test_damage_is_told_in_one_line(tmp_path: Path, kind: str, capfd: pytest.CaptureFixture[str]) -> None:
    for number, data in cases(kind, 0, COUNTS[kind]):
        assert trouble(kind, data, tmp_path) == "", f"case {number}"


@pytest.mark.torch
@pytest.mark.parametrize("kind", TORCH)
def test_damage_is_told_in_one_line_with_torch(tmp_path: Path, kind: str) -> None:
    for number, data in cases(kind, 0, 6):
        assert trouble(kind, data, tmp_path) == "", f"case {number}"


@pytest.mark.parametrize("kind", [kind for kind in SEEDS if kind not in TORCH])
def test_what_is_not_damaged_is_read(tmp_path: Path, kind: str) -> None:
    """So that damage is the only reason."""
    make, read = SEEDS[kind]
    path = tmp_path / "file"
    path.write_bytes(make())
    if kind != "tensors":  # which is cut short, to be quick
        read(path)
