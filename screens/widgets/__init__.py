"""One widget a file, with its messages and CSS inside."""
