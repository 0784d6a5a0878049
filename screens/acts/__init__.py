"""What can be done with the rows of a listing, to one or to many: a file a kind of row."""
