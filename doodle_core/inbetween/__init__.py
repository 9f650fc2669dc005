"""From two aligned keys to the drawing at any position between them."""
