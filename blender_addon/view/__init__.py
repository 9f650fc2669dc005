"""The object that shows the picture: where it stands, and what is on it at every frame."""
