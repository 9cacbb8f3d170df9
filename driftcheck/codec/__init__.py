"""Values to bytes and back: snapshot files, result JSON, YAML."""
