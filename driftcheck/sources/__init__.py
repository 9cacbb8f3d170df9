"""Here is who can show us an environment: a cluster, its records of releases, or files.

What comes in is an address, as people type it.
What goes out is what stands there: saved snapshots, and objects as they were written.
"""

from driftcheck.doors import door

with door(__name__):
    from driftcheck.sources._addresses import (
        STANDARD_INPUT,
        Address,
        ClusterAddress,
        DeclaredAddress,
        FileAddress,
        HistoryAddress,
        file_address,
        parse_address,
    )
    from driftcheck.sources._applied import NotAppliedError, read_applied
    from driftcheck.sources._cluster import NAMESPACES, Cluster
    from driftcheck.sources._connection import Connection, connect
    from driftcheck.sources._discovery import Discovery, Resource
    from driftcheck.sources._fetch import Refusal
    from driftcheck.sources._files import (
        Answer,
        read_address,
        read_answer_file,
        read_objects,
        read_saved,
    )
    from driftcheck.sources._key_services import is_key_service, key_service
    from driftcheck.sources._kubeconfig import known_contexts, kubeconfig_files
    from driftcheck.sources._lists import Listing, Version
    from driftcheck.sources._logins import docker_logins, logins_in
    from driftcheck.sources._parallel import at_once
    from driftcheck.sources._reading import read_settings, read_whole
    from driftcheck.sources._referrers import Referrers
    from driftcheck.sources._registry import Descriptor, Manifest, Registries
    from driftcheck.sources._registry_wire import FindLogins, Login
    from driftcheck.sources._releases import (
        Choice,
        Release,
        Revision,
        choose_revisions,
        read_release,
        revision_of,
    )
    from driftcheck.sources._schemas import is_built_in
    from driftcheck.sources._scopes import cluster_scoped_kinds, is_definition
    from driftcheck.sources._selection import Manifests, declared_in
    from driftcheck.sources._time_authorities import time_authority
    from driftcheck.sources._writing import write_atomically

__all__ = [
    "NAMESPACES",
    "STANDARD_INPUT",
    "Address",
    "Answer",
    "Choice",
    "Cluster",
    "ClusterAddress",
    "Connection",
    "DeclaredAddress",
    "Descriptor",
    "Discovery",
    "FileAddress",
    "FindLogins",
    "HistoryAddress",
    "Listing",
    "Login",
    "Manifest",
    "Manifests",
    "NotAppliedError",
    "Referrers",
    "Refusal",
    "Registries",
    "Release",
    "Resource",
    "Revision",
    "Version",
    "at_once",
    "choose_revisions",
    "cluster_scoped_kinds",
    "connect",
    "declared_in",
    "docker_logins",
    "file_address",
    "is_built_in",
    "is_definition",
    "is_key_service",
    "key_service",
    "known_contexts",
    "kubeconfig_files",
    "logins_in",
    "parse_address",
    "read_address",
    "read_answer_file",
    "read_applied",
    "read_objects",
    "read_release",
    "read_saved",
    "read_settings",
    "read_whole",
    "revision_of",
    "time_authority",
    "write_atomically",
]
