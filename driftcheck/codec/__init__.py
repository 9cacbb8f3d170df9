"""Here values become bytes and bytes become values: YAML, snapshot files, result JSON.

What comes in is bytes that somebody else has read, or values of the model.
What goes out is the other of the two, the same every time, or an error that names the place.
"""

from driftcheck.codec._yaml import LocatedDocument, located_documents, yaml_documents

__all__ = ["LocatedDocument", "located_documents", "yaml_documents"]
