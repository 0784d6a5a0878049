"""Is what arrives still what the model learned from, and is the model still worth what it was."""
