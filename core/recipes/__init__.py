"""Recipes: what one model learns, from what, and when it is good enough. Knows TOML, scikit-learn and no registry."""
