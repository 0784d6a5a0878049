"""Who trains, who judges, and what the gate says. Knows DataFrames and numbers, and no registry."""
