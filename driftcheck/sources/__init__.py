"""Who can show us state: a cluster, files."""
