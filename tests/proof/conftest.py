"""Statements that many tests check."""

from __future__ import annotations

import pytest

from tests.proof.stated import EDITED, POLICY, SHOP, SHOP_ELSEWHERE, Stated, stated


@pytest.fixture(scope="session")
def same(tmp_path_factory: pytest.TempPathFactory) -> Stated:
    """Two equal environments."""
    return stated(tmp_path_factory.mktemp("same"), SHOP, SHOP_ELSEWHERE, objects=["cm/settings"])


@pytest.fixture(scope="session")
def drifted(tmp_path_factory: pytest.TempPathFactory) -> Stated:
    """Two that differ."""
    return stated(tmp_path_factory.mktemp("drifted"), SHOP, EDITED)


@pytest.fixture(scope="session")
def expected(tmp_path_factory: pytest.TempPathFactory) -> Stated:
    """Two that differ as a policy says."""
    return stated(tmp_path_factory.mktemp("expected"), SHOP, EDITED, policy=POLICY)
