"""Models whose latent is a code of a picture: autoencoders, after the experiment of 2018."""
