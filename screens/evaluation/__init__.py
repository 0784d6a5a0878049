"""The stored pictures of runs as blocks of characters: one run alone, or several in one picture. Pure."""
