"""What `tools/pack` does: `documents` makes the documents of updates, `signing` signs them."""
