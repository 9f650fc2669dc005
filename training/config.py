"""A training run told by a TOML file in `configs/`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from doodle_core.networks import NetworkConfig

from .dataset import KINDS

__all__ = ["Config"]


@dataclass(frozen=True)
class Config:
    """Everything a run depends on, beside the machine."""

    name: str = "run"
    network: NetworkConfig = field(default_factory=NetworkConfig)
    data: str = "motion"
    """One of dataset.KINDS."""
    batch: int = 128
    """Moving doodles (or still pictures) a step."""
    steps: int = 0
    """Length of the run in steps, or 0:"""
    minutes: float = 60.0
    """length of the run in minutes of training, over all resumes."""
    rate: float = 2e-3
    """Peak learning rate. Rises over the first 2 % of the run, then stays, and falls linearly over the last `decay`."""
    decay: float = 0.5
    weight_decay: float = 0.01
    optimizer: str = "muon"
    """"muon" (hidden matrices by Muon, the rest by AdamW) or "adamw"."""
    far: float = 0.25
    """Weight of the far part of the field loss."""
    shake: float = 0.05
    """Noise added to every latent in training, in units of the batch's spread: near latents then mean near drawings."""
    variational: float = 0.0
    """Weight of the Kullback-Leibler term; 0 is a plain autoencoder."""
    half: bool = False
    """bfloat16 matrix products; pays on a GPU only."""
    seed: int = 0

    @classmethod
    def load(cls, path: Path, **changes: Any) -> Config:
        """Read a TOML file; ValueError naming the file on an unknown or impossible entry."""
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8"))
            network = NetworkConfig.from_dict(table.pop("network", {}))
            config = cls(**{"name": path.stem, **table, "network": network})
        except (OSError, tomllib.TOMLDecodeError, TypeError) as error:
            raise ValueError(f"{path}: {error}") from error
        known = {f.name for f in fields(cls)}
        config = replace(config, **{k: v for k, v in changes.items() if v is not None and k in known})
        if config.data not in KINDS:
            raise ValueError(f"{path}: data must be one of {', '.join(KINDS)}, not {config.data!r}")
        return config
