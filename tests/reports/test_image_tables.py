"""Tables of what runs where, with images whose names mean to do harm."""

from __future__ import annotations

import re
import unicodedata

import pytest

from driftcheck import ContainerImage, ImageRow, ImageTable, ObjectReference, render_images
from tests.reports.hostile import ATTACKS, STEERING


@pytest.mark.parametrize("format_", ["text", "markdown"])
@pytest.mark.parametrize("attack", ATTACKS)
def test_no_command_for_a_pipeline(format_: str, attack: str) -> None:
    """Whatever images and environments are called, no line is a command to a pipeline's log."""
    runs = ContainerImage(attack, (attack, "sha256:1"), tag_digest=attack)
    row = ImageRow(ObjectReference("", attack, attack), attack, False, {attack: runs}, note=attack)

    shown = render_images(ImageTable((attack, "b"), (row,), (attack,)), format_)

    assert "##[" not in shown
    assert not re.search(r"^\s*::", shown, re.MULTILINE)
    assert {unicodedata.category(one) for one in shown.replace("\n", "")} & STEERING == set()
