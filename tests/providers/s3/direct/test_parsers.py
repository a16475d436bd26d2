"""Documents of S3 as stores write them: with and without namespaces, indented or not, whole or broken."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdall.errors import InvalidResponse, UnexpectedContent, XmlParseError
from holdall.models import ArchiveStatus, ListPage, ObjectEntry, Owner
from holdall_s3.direct import parsers

DAY = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
NAMESPACE = ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
ENTRY = (
    "<Contents><Key>a%2Fb</Key><LastModified>2026-01-02T03:04:05.000Z</LastModified><ETag>&quot;e&quot;</ETag>"
    "<Size>5</Size>{more}</Contents>"
)


def page(*entries: str, top: str = "<EncodingType>url</EncodingType>", namespace: str = NAMESPACE) -> ListPage:
    found = parsers.list_page(f"<ListBucketResult{namespace}>{top}{''.join(entries)}</ListBucketResult>".encode())
    assert isinstance(found, ListPage)
    return found


@pytest.mark.parametrize("namespace", ["", NAMESPACE])
def test_an_entry(namespace: str) -> None:
    found = page(ENTRY.format(more="<StorageClass>GLACIER</StorageClass>"), namespace=namespace)
    assert found == ListPage((ObjectEntry("a/b", 5, "e", DAY, "GLACIER"),))


def test_what_belongs_to_one_entry_stays_with_it() -> None:
    more = (
        "<ChecksumAlgorithm>CRC32</ChecksumAlgorithm><ChecksumAlgorithm>SHA1</ChecksumAlgorithm>"
        "<Owner><ID>o</ID><DisplayName>Olga</DisplayName></Owner><RestoreStatus><IsRestoreInProgress>false"
        "</IsRestoreInProgress><RestoreExpiryDate>2026-01-02T03:04:05Z</RestoreExpiryDate></RestoreStatus>"
    )
    plain, rich, last = page(ENTRY.format(more=""), ENTRY.format(more=more), ENTRY.format(more="")).entries
    assert plain == last == ObjectEntry("a/b", 5, "e", DAY)
    assert rich.owner == Owner("o", "Olga")
    assert rich.checksum_algorithms == ("CRC32", "SHA1")
    assert rich.archive == ArchiveStatus(restoring=False, restored_until=DAY)


def test_indented_documents_and_empty_elements() -> None:
    text = """<?xml version="1.0"?>
    <ListBucketResult>
      <Prefix/>
      <Contents>
        <Key>k</Key>
        <ETag></ETag>
        <Size>0</Size>
        <StorageClass/>
      </Contents>
      <CommonPrefixes>
        <Prefix>p/</Prefix>
      </CommonPrefixes>
      <NextContinuationToken>t</NextContinuationToken>
      <IsTruncated>true</IsTruncated>
    </ListBucketResult>"""
    assert parsers.list_page(text.encode()) == ListPage((ObjectEntry("k", 0),), ("p/",), "t")


@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=30), max_size=5
    )
)
def test_any_key_that_xml_holds(keys: list[str]) -> None:
    entries = [f"<Contents><Key>{escape(key)}</Key><Size>1</Size></Contents>" for key in keys]
    try:
        found = page(*entries, top="")
    except XmlParseError:  # U+FFFE and U+FFFF
        assert any(ord(character) >= 0xFFFE for key in keys for character in key)
    else:
        assert [entry.key for entry in found.entries] == keys


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("<ListBucketResult><Contents><Key>k</Key></Contents></ListBucketResult>", InvalidResponse),
        ("<ListBucketResult><Contents><Key>k</Key><Size>x</Size></Contents></ListBucketResult>", InvalidResponse),
        ("<ListBucketResult><CommonPrefixes/></ListBucketResult>", InvalidResponse),
        ("<s3:ListBucketResult xmlns:s3='x'/>", InvalidResponse),
        ("<Other/>", InvalidResponse),
        ("<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>", InvalidResponse),
        ("<ListBucketResult><IsTruncated>1</IsTruncated></ListBucketResult>", InvalidResponse),
        ("<ListBucketResult><Contents>", XmlParseError),
        ("", XmlParseError),
        ("<!DOCTYPE html><html><body>log in<br></body></html>", UnexpectedContent),
    ],
)
def test_nothing_else_passes_for_a_listing(body: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        parsers.list_page(body.encode())


def test_an_error_in_place_of_a_listing() -> None:
    found: Any = parsers.list_page(b"<Error><Code>SlowDown</Code><Message>wait</Message></Error>")
    assert (found["Code"], found["Message"]) == ("SlowDown", "wait")


@pytest.mark.parametrize(
    ("body", "details"),
    [
        (b"", {}),
        (b"no xml", {}),
        (b"<html/>", {}),
        (b"<Error><Code>C</Code><Region>r</Region></Error>", {"Code": "C", "Region": "r"}),
        (
            b"<ErrorResponse xmlns='x'><Error><Code>C</Code></Error><RequestId>1</RequestId></ErrorResponse>",
            {"Code": "C"},
        ),
    ],
)
def test_what_errors_say(body: bytes, details: dict[str, str]) -> None:
    found = parsers.error_details(body)
    assert {name: found[name] for name in details} == details
    assert bool(found) is bool(details)


@pytest.mark.parametrize(
    ("header", "value"),
    [("content-length", "many"), ("x-amz-tagging-count", ""), ("x-amz-object-lock-retain-until-date", "never")],
)
def test_headers_that_cant_be_read(header: str, value: str) -> None:
    with pytest.raises(InvalidResponse, match=header):
        parsers.fields({header: value})


def test_an_empty_line_before_the_declaration_does_no_harm() -> None:
    declared = b'\n \r\n<?xml version="1.0" encoding="UTF-8"?>'
    assert parsers.name_of(parsers.parse(declared + b"<CopyObjectResult/>")) == "CopyObjectResult"
    page = parsers.list_page(
        declared + b"<ListBucketResult><CommonPrefixes><Prefix>a/</Prefix></CommonPrefixes></ListBucketResult>"
    )
    assert isinstance(page, ListPage)
    assert page.prefixes == ("a/",)


@pytest.mark.parametrize("told", ["true", "True", " true\n"])
def test_a_listing_that_goes_on_is_never_at_its_end(told: str) -> None:
    found = page(top=f"<IsTruncated>{told}</IsTruncated><NextContinuationToken>t</NextContinuationToken>")
    assert found.next_token == "t"
