"""The front door."""

import driftcheck


def test_exported_names() -> None:
    """Every exported name is there, and the list is sorted."""
    assert all(hasattr(driftcheck, name) for name in driftcheck.__all__)
    assert sorted(driftcheck.__all__) == driftcheck.__all__


def test_contract_names() -> None:
    """What the contract names is exported."""
    promised = {"capture", "compare", "load", "render", "DriftError", "Verdict"}

    assert promised <= set(driftcheck.__all__)
