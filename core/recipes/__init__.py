"""The recipe: the TOML spec of one model, its user code, and the scikit-learn pipeline that it describes."""
