"""Footplate without a face: everything that the four doors (command line, console, server, daemon) share."""
