"""The registry: one SQLite file that says what is and what was."""
