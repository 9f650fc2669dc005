"""Where keys come from: Grease Pencil or pictures. Each source gives drawings with their frames, and knows nothing
of the model."""
