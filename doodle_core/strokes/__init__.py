"""Models whose latent is a drawing's lines: from lines to strokelets, which became which, the way between, and back."""
