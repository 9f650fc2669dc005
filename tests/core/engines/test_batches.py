"""Large batches in parts: the same numbers, whatever they are decoded with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from doodle_core.engines.batches import TOGETHER, in_parts
from doodle_core.model import DoodleModel


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("count", [0, 1, TOGETHER, TOGETHER + 1, 5 * TOGETHER])
def test_parts_come_back_in_their_order(threads: int, count: int) -> None:
    one, two = np.arange(count, dtype=np.float32), np.arange(2 * count, dtype=np.float32).reshape(count, 2)

    def run(a: np.ndarray, b: np.ndarray) -> list[np.ndarray]:
        assert len(a) == len(b) <= TOGETHER
        return [a + 1, b * 2]

    first, second = in_parts(run, {"a": one, "b": two}, threads)
    np.testing.assert_array_equal(first, one + 1)
    np.testing.assert_array_equal(second, two * 2)


@pytest.mark.parametrize("engine", ["onnx", "torch"])
def test_a_latent_decodes_the_same_alone_and_among_others(engine: str) -> None:
    model = DoodleModel.load(Path("mixer"), engine, 2, "cpu")
    latents = np.random.default_rng(0).normal(0, 1, (2 * TOGETHER + 3, model.latent_size)).astype(np.float32)
    together = model.decode(latents)
    for index in (0, TOGETHER, len(latents) - 1):
        np.testing.assert_allclose(together[index], model.decode(latents[index : index + 1])[0], atol=1e-4)


@pytest.mark.parametrize("engine", ["onnx", "torch"])
def test_keys_are_matched_the_same_alone_and_among_others(engine: str) -> None:
    model = DoodleModel.load(None, engine, 2, "cpu")
    rng, count = np.random.default_rng(0), 2 * TOGETHER + 3
    given = {name: rng.normal(0, 8, (count, 7, 9)).astype(np.float32) for name in ("first", "second")}
    given |= dict.fromkeys(("there", "there_too"), np.ones((count, 7), np.float32))
    together = model.engine.run("matcher", **given)
    for index in (0, TOGETHER, count - 1):
        alone = model.engine.run("matcher", **{name: rows[index : index + 1] for name, rows in given.items()})
        for one, all_of_them in zip(alone, together, strict=True):
            np.testing.assert_allclose(all_of_them[index], one[0], atol=1e-3)
