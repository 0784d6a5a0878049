"""Reading, judging and profiling files. Knows DataFrames and paths, and no registry."""
