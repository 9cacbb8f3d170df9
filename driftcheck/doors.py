"""The doors of packages: what one offers is loaded when somebody first asks for it.

A door is written like any module that passes on what others hold, so that type checkers,
editors and packagers read it as such. `lazy from ... import ...` is to say the same from
Python 3.15 on (https://peps.python.org/pep-0810/).
"""

from __future__ import annotations

import builtins
import sys
from _thread import allocate_lock
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any

_one_at_a_time = allocate_lock()


class _Door(ModuleType):
    """A package that loads what it offers when it is asked for it.

    https://docs.python.org/3/reference/datamodel.html#customizing-module-attribute-access
    """

    _offers: Mapping[str, str]
    """Each name, and the module that holds it."""

    def __getattr__(self, name: str) -> Any:
        if name not in self._offers:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        offered = getattr(import_module(self._offers[name]), name)
        setattr(self, name, offered)
        return offered

    def __setattr__(self, name: str, value: Any) -> None:
        """Let no room that is loaded take the place of what is offered under its name."""
        if not (isinstance(value, ModuleType) and name in self._offers):
            super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self._offers})


@contextmanager
def door(package: str) -> Iterator[None]:
    """Offer what is imported in this block, and load none of it yet.

    Args:
        package: Whose door it is, `__name__`.
    """
    module = sys.modules[package]
    offers: dict[str, str] = {}

    def note(
        name: str,
        globals: Mapping[str, object] | None = None,  # noqa: A002 - as in `__import__`
        locals: Mapping[str, object] | None = None,  # noqa: A002 - as in `__import__`
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        if globals is not vars(module):
            return load(name, globals, locals, fromlist or (), level)
        offers.update(dict.fromkeys(fromlist or (), name))
        noted = ModuleType(name)
        vars(noted).update(offers)
        return noted

    with _one_at_a_time:
        load, builtins.__import__ = builtins.__import__, note
        try:
            yield
        finally:
            builtins.__import__ = load
    for name in offers:
        delattr(module, name)
    vars(module)["_offers"] = offers
    module.__class__ = _Door
