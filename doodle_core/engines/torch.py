"""The engine for machines that have torch: CUDA or MPS where there is one, else the CPU."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from doodle_core.dense.networks import NetworkConfig, build, mismatch
from doodle_core.engines.cores import bounded
from doodle_core.engines.engine import Choice, reason_of
from doodle_core.engines.tensors import read_tensors
from doodle_core.errors import DoodleError

__all__ = ["TorchEngine", "gpu"]


def gpu() -> str:
    """The name of torch's GPU, "cuda" or "mps". Raises DoodleError where it has none."""
    if torch.cuda.is_available():
        return "cuda"
    if torch.backends.mps.is_available():
        return "mps"
    built = torch.version.cuda or torch.version.hip
    raise DoodleError("it finds no GPU" if built or torch.backends.mps.is_built() else "it was built without CUDA")


class TorchEngine:
    """See `Engine`. Reads weights.safetensors of a folder, and the networks' form from its card.

    `device` as torch names it; `threads` holds for all of torch in this process.
    """

    def __init__(self, folder: Path, threads: int | None = None, device: str = "cpu") -> None:
        self._device = torch.device(device)
        self.choice = Choice("torch", self._device.type)
        if self._device.type == "cpu":
            torch.set_num_threads(bounded(threads))
        path = folder / "weights.safetensors"
        try:
            card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
            if path.name not in card["sha256"]:
                raise ValueError("the card does not vouch for it")
            self._networks, self._domain = _networks(card["network"])
            weights = {k: torch.from_numpy(v.astype(np.float32)) for k, v in read_tensors(path).items()}
            for name, network in self._networks.items():
                own = {k.removeprefix(f"{name}."): v for k, v in weights.items() if k.startswith(f"{name}.")}
                network.load_state_dict(own)
                network.eval().requires_grad_(False).to(self._device)
        except (OSError, RuntimeError, KeyError, TypeError, ValueError) as error:
            raise DoodleError(f"{path}: cannot be loaded ({reason_of(error)}); install the weights again") from error
        self._lock = threading.Lock()  # one queue of work on the device, whichever thread asks

    def run(self, network: str, **inputs: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        # Copies: callers' arrays may be read-only, which torch does not know.
        given = {k: torch.from_numpy(np.array(v, np.float32)).to(self._device) for k, v in inputs.items()}
        with self._lock:
            if network == "compare":
                answer = self._compare(**given)
            else:
                with torch.inference_mode():
                    answer = self._networks[network](**given)
            outputs = answer if isinstance(answer, tuple) else (answer,)
            return [output.cpu().numpy() for output in outputs]

    def _compare(self, latent: Tensor, drawing: Tensor) -> tuple[Tensor, Tensor]:
        with torch.enable_grad():
            z = latent.requires_grad_()
            loss = mismatch(self._domain, self._networks["decoder"](z), drawing)
            (gradient,) = torch.autograd.grad(loss.sum(), z)
            return loss.detach(), gradient


def _networks(table: dict[str, Any]) -> tuple[dict[str, nn.Module], str]:
    """The networks, without weights, that a card's table describes, by name, and the domain they speak."""
    if table["kind"] == "strokes":
        from doodle_core.strokes.decoder import StrokeDecoder
        from doodle_core.strokes.matcher import Matcher, MatcherConfig

        config = MatcherConfig(table["width"], table["heads"], table["blocks"])
        return {"matcher": Matcher(config), "decoder": StrokeDecoder(table["strokelets"])}, table["domain"]
    dense = NetworkConfig.from_dict(table)
    encoder, decoder = build(dense)
    return {"encoder": encoder, "decoder": decoder}, dense.domain
