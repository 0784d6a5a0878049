"""The console as lines: for screen readers, dumb terminals and pipes. Knows no Textual and moves no cursor."""
