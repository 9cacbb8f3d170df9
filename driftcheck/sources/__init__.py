"""Here is who can show us an environment: a cluster, or files.

What comes in is an address, as people type it.
What goes out is what stands there: saved snapshots, and objects as they were written.
"""

from driftcheck.doors import door

with door(__name__):
    from driftcheck.sources._addresses import (
        STANDARD_INPUT,
        ClusterAddress,
        FileAddress,
        HistoryAddress,
        file_address,
        parse_address,
    )
    from driftcheck.sources._cluster import NAMESPACES, Cluster
    from driftcheck.sources._connection import Connection, connect
    from driftcheck.sources._discovery import Discovery, Resource
    from driftcheck.sources._fetch import Refusal
    from driftcheck.sources._files import Answer, read_address, read_answer_file, read_objects
    from driftcheck.sources._kubeconfig import known_contexts, kubeconfig_files
    from driftcheck.sources._lists import Listing, Version
    from driftcheck.sources._logins import docker_logins, logins_in
    from driftcheck.sources._parallel import at_once
    from driftcheck.sources._reading import read_settings, read_whole
    from driftcheck.sources._registry import Descriptor, FindLogins, Login, Manifest, Registries
    from driftcheck.sources._schemas import is_built_in
    from driftcheck.sources._scopes import cluster_scoped_kinds, is_definition
    from driftcheck.sources._selection import Manifests
    from driftcheck.sources._writing import write_atomically

__all__ = [
    "NAMESPACES",
    "STANDARD_INPUT",
    "Answer",
    "Cluster",
    "ClusterAddress",
    "Connection",
    "Descriptor",
    "Discovery",
    "FileAddress",
    "FindLogins",
    "HistoryAddress",
    "Listing",
    "Login",
    "Manifest",
    "Manifests",
    "Refusal",
    "Registries",
    "Resource",
    "Version",
    "at_once",
    "cluster_scoped_kinds",
    "connect",
    "docker_logins",
    "file_address",
    "is_built_in",
    "is_definition",
    "known_contexts",
    "kubeconfig_files",
    "logins_in",
    "parse_address",
    "read_address",
    "read_answer_file",
    "read_objects",
    "read_settings",
    "read_whole",
    "write_atomically",
]
