"""The tables of members and their places, held against botocore's model of the API."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest

from holdall_s3.direct.places import FIELDS, OPERATIONS, PARAMETERS

MODEL: Any = botocore.session.Session().get_service_model("s3")
OPERATION_NAMES = {
    "head_object": "HeadObject",
    "get_object": "GetObject",
    "put_object": "PutObject",
    "delete_object": "DeleteObject",
    "delete_objects": "DeleteObjects",
    "list_objects_v2": "ListObjectsV2",
    "list_objects": "ListObjects",
    "copy_object": "CopyObject",
    "upload_part": "UploadPart",
    "upload_part_copy": "UploadPartCopy",
}


def test_every_operation_is_looked_at() -> None:
    assert set(OPERATION_NAMES) == set(OPERATIONS)


@pytest.mark.parametrize("method", OPERATIONS)
def test_a_request_is_as_the_model_has_it(method: str) -> None:
    operation, model = OPERATIONS[method], MODEL.operation_model(OPERATION_NAMES[method])
    assert operation.method == model.http["method"]
    fixed = model.http["requestUri"].partition("?")[2]
    assert [f"{name}={value}" if value else name for name, value in operation.query] == ([fixed] if fixed else [])
    known = 0
    for member, shape in model.input_shape.members.items():
        place = operation.renamed.get(member) or PARAMETERS.get(member)
        location = shape.serialization.get("location")
        if place is None or location not in {"header", "querystring"}:
            continue
        known += 1
        name, in_query, _ = place
        assert in_query is (location == "querystring"), member
        wanted = shape.serialization["name"]
        assert name == (wanted if in_query else wanted.lower()), member
    assert known >= 3


def test_no_parameter_is_made_up() -> None:
    known = {member for name in OPERATION_NAMES.values() for member in MODEL.operation_model(name).input_shape.members}
    assert set(PARAMETERS) - known == set()


def test_fields_of_answers_are_as_the_model_has_them() -> None:
    places: dict[str, set[str]] = {}
    for name in OPERATION_NAMES.values():
        for member, shape in MODEL.operation_model(name).output_shape.members.items():
            if shape.serialization.get("location") == "header":
                places.setdefault(shape.serialization["name"].lower(), set()).add(member)
    ours = {header: member for header, (member, _) in FIELDS.items() if member not in {"ExpiresString", "ContentRange"}}
    assert {header: member for header, member in ours.items() if member not in places.get(header, set())} == {}
    # What is told and not taken over is what holdall has no field for.
    missing = {header for header in places if header not in FIELDS}
    newer = {header for header in missing if header.startswith(("x-amz-checksum-", "x-amz-object-lock-event-hold"))}
    assert missing - newer <= {
        "x-amz-server-side-encryption-context",
        "x-amz-object-size",
        "x-amz-archive-status",
        "x-amz-copy-source-version-id",
    }
