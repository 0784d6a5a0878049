"""What is shown: frozen, read-only pictures of the registry, cheap enough for every door and every refresh."""
