"""What happens by itself: the watcher, the clock, the triggers, the dispatcher and its workers."""
