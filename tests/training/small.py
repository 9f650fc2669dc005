"""Runs so small that a test can finish them."""

import torch

from doodle_core.dense.networks import NetworkConfig
from training.config import Config, StrokesConfig

CPU = torch.device("cpu")
SMALL = Config(
    name="small",
    network=NetworkConfig(latent=16, width=16, encoder_blocks=1, decoder_blocks=1, token_hidden=16, channel_hidden=16),
    batch=8,
    steps=6,
)
SMALL_STROKES = Config(name="small", network=StrokesConfig(width=16, heads=2, blocks=1), batch=4, steps=6)
