"""Small networks train fastest on one thread, and several test processes do not fight over the cores."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import pytest

if find_spec("torch"):  # else every test of this folder is skipped: tests/conftest.py
    import torch

    from training import motion

    torch.set_num_threads(1)


@pytest.fixture
def standing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Doodles whose second key is their first."""
    sample = motion.sample

    def still(batch: int, generator: torch.Generator, **more: Any) -> motion.Figure:
        figure = sample(batch, generator, **more)
        for change in figure.change.values():
            change.zero_()
        return figure

    monkeypatch.setattr(motion, "sample", still)
