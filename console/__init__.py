"""The doors: the command line, the console, the daemon and the server."""
