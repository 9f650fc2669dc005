"""A network that fails while it runs: one line, whatever the library raises."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from doodle_core.engines import open_engine
from doodle_core.errors import DoodleError
from doodle_core.model import weights_folder


@pytest.mark.parametrize(("engine", "held"), [("onnx", "_sessions"), ("torch", "_networks")])
def test_it_names_the_engine_the_network_and_the_reason(engine: str, held: str) -> None:
    running: Any = open_engine(weights_folder(), engine, device="cpu")
    latent = np.zeros((1, 256 * 6), np.float32)
    running.run("decoder", latent=latent)
    networks = getattr(running, held)
    first = np.zeros((1, 4, 9), np.float32)
    there = np.ones((1, 4), np.float32)
    running.run("matcher", first=first, second=first, there=there, there_too=there)
    networks["matcher"] = networks["decoder"]  # what it is given, it cannot take
    with pytest.raises(DoodleError) as error:
        running.run("matcher", first=first, second=first, there=there, there_too=there)
    assert str(error.value).startswith(f"{engine} cpu does not run the matcher (")
    assert "\n" not in str(error.value)
    running.run("decoder", latent=latent)  # the rest goes on
