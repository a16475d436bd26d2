"""What universal_pathlib loads for ``UPath("blob://<store>/<key>")``. Import nothing from here by hand."""

from __future__ import annotations

import fsspec
from upath import UPath

# universal_pathlib asks the file system how its paths are built, but only one that is loaded.
fsspec.get_filesystem_class("blob")


class BlobPath(UPath):
    """``blob://<store>/<key>`` as a path. All of it is UPath's own; that it is registered says that it is tested."""

    __slots__ = ()
