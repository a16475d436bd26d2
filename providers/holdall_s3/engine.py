"""The seam between the provider and what carries out its data plane.

Reading, writing, deleting, copying and listing objects is where speed matters; an engine does exactly that, and the
provider does not know which. Everything rare goes through boto3 whatever the engine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdall import options as opt
    from holdall.models import (
        Body,
        ByteRange,
        CopyResult,
        CopySource,
        DeleteOutcome,
        DeleteResult,
        ListPage,
        ObjectInfo,
        ObjectRef,
        PartInfo,
        PutResult,
    )
    from holdall.reading import GetResult


class DataPlane(Protocol):
    """The methods of the contract that an engine carries out; see ``StorageProvider`` and ``groups`` for each."""

    def head(self, key: str, options: opt.HeadOptions) -> ObjectInfo:
        """HeadObject."""
        ...

    def get(self, key: str, options: opt.GetOptions) -> GetResult:
        """GetObject."""
        ...

    def put(self, key: str, body: Body, options: opt.PutOptions) -> PutResult:
        """PutObject."""
        ...

    def delete(self, key: str, options: opt.DeleteOptions) -> DeleteResult:
        """DeleteObject."""
        ...

    def delete_batch(self, refs: Sequence[ObjectRef], options: opt.DeleteOptions) -> Sequence[DeleteOutcome]:
        """DeleteObjects."""
        ...

    def list_page(self, options: opt.ListOptions) -> ListPage:
        """ListObjectsV2."""
        ...

    def copy(self, source: CopySource, key: str, options: opt.CopyOptions) -> CopyResult:
        """CopyObject."""
        ...

    def upload_part(self, key: str, upload_id: str, part_number: int, body: Body, options: opt.PartOptions) -> PartInfo:
        """UploadPart."""
        ...

    def copy_part(
        self,
        key: str,
        upload_id: str,
        part_number: int,
        source: CopySource,
        source_range: ByteRange | None,
        options: opt.PartOptions,
    ) -> PartInfo:
        """UploadPartCopy."""
        ...
