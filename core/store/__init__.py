"""The content-addressed store: bytes, named by their sha256."""
