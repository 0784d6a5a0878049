"""What the screens can show, a kind of level a file: its columns, its descriptions, where it leads."""
