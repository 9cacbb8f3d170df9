"""Source to Snapshot."""
