"""Training of the reader: synthetic drawings, the media they are drawn with, and the network that reads them."""
