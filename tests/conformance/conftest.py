"""Marks the tests that are known to fail on a server."""

from __future__ import annotations

import pytest

from tests.conformance.gaps import gap


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if not isinstance(item, pytest.Function) or item.cls is None:
            continue
        chosen = item.callspec.params.get("backend") if hasattr(item, "callspec") else None
        found = gap(str(chosen or item.cls.__name__), item.originalname, item.nodeid)
        if found is not None:
            item.add_marker(pytest.mark.xfail(reason=found.reason, strict=not found.race, run=not found.hangs))
