"""Which environments a policy means by the names of sides."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import lru_cache

from attrs import frozen

EVERY_SIDE = "*"
"""The name that stands for every environment."""


@frozen(hash=False, eq=False)
class Sides:
    """The environments that are compared, and what a policy calls them.

    Args:
        environments: Their names, the baseline's first.
        aliases: What the policy calls them: names and globs, by alias.
    """

    environments: tuple[str, ...]
    aliases: Mapping[str, tuple[str, ...]]

    @lru_cache(maxsize=256)  # noqa: B019 - lives as long as one comparison
    def called(self, name: str) -> tuple[str, ...]:
        """The environments that are called so; none where none is compared."""
        patterns = self.aliases.get(name, ())
        return tuple(
            environment
            for environment in self.environments
            if name in (environment, EVERY_SIDE)
            or any(fnmatchcase(environment, pattern) for pattern in patterns)
        )
