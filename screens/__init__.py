"""What the console shows, one file a screen. Screens call services to change and views to show, nothing else."""
