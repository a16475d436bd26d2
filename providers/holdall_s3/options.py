"""``S3Options``: what S3 takes beyond the options that every store has, and which operation takes what."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from holdall.errors import OptionNotSupported
from holdall.options import BackendOptions

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Options(BackendOptions):
    """Options of the S3 API; they travel in the ``backend`` field of the framework's options.

    ``None`` and ``False`` mean "not asked for". An option that an operation has no use for raises
    ``OptionNotSupported`` (see ``ACCEPTED``).

    Attributes:
        acl: Canned ACL, e.g. ``private``, ``public-read``, ``bucket-owner-full-control``.
        grant_full_control: Grantees, e.g. ``id="…"``, of all rights; likewise the other grants.
        grant_read: Grantees who may read the object (or list the bucket).
        grant_read_acp: Grantees who may read the ACL.
        grant_write: Grantees who may write into the bucket (new buckets only).
        grant_write_acp: Grantees who may write the ACL.
        request_payer: The requester pays for this request; ``None`` leaves it to the store's settings.
        expected_bucket_owner: Account id; any other owner of the bucket is an ``AccessDenied``.
        expected_source_bucket_owner: Likewise for the bucket that is copied from.
        mfa: Serial number of the MFA device, a blank, and its six digits.
        bypass_governance_retention: Delete in spite of a retention in governance mode.
        website_redirect: Where a website of this bucket redirects requests for the object.
        object_ownership: ``BucketOwnerEnforced``, ``BucketOwnerPreferred`` or ``ObjectWriter`` (new buckets only).
        restore_status: Also tell the restore state of archived objects (listings of objects only).
    """

    acl: str | None = None
    grant_full_control: str | None = None
    grant_read: str | None = None
    grant_read_acp: str | None = None
    grant_write: str | None = None
    grant_write_acp: str | None = None
    request_payer: bool | None = None
    expected_bucket_owner: str | None = None
    expected_source_bucket_owner: str | None = None
    mfa: str | None = field(default=None, repr=False)
    bypass_governance_retention: bool = False
    website_redirect: str | None = None
    object_ownership: str | None = None
    restore_status: bool = False

    def for_operation(self, operation: str, verb: Literal["put", "copy"]) -> S3Options | None:
        """The options that go with one of the requests which a large ``put``, or a ``copy``, is made of.

        Args:
            operation: Name of the provider's method that makes the request.
            verb: ``put`` or ``copy``.

        Raises:
            OptionNotSupported: The verb has no use for an option.
        """
        given = _given(self, verb)
        return _of({name: value for name, value in given.items() if name in ACCEPTED[operation]})

    def for_source_bucket(self) -> S3Options | None:
        """Of a copy's options those for reading a source in another bucket: who pays, and whose bucket that is.

        Raises:
            OptionNotSupported: ``copy`` has no use for an option.
        """
        given = _given(self, "copy")
        names = {"request_payer": "request_payer", "expected_bucket_owner": "expected_source_bucket_owner"}
        return _of({name: given[told] for name, told in names.items() if told in given})


NAMES: Mapping[str, str] = {
    "acl": "ACL",
    "grant_full_control": "GrantFullControl",
    "grant_read": "GrantRead",
    "grant_read_acp": "GrantReadACP",
    "grant_write": "GrantWrite",
    "grant_write_acp": "GrantWriteACP",
    "expected_bucket_owner": "ExpectedBucketOwner",
    "expected_source_bucket_owner": "ExpectedSourceBucketOwner",
    "mfa": "MFA",
    "bypass_governance_retention": "BypassGovernanceRetention",
    "website_redirect": "WebsiteRedirectLocation",
    "object_ownership": "ObjectOwnership",
}
"""Option -> parameter of the S3 API; ``request_payer`` and ``restore_status`` are translated by hand."""

_GRANTS = frozenset({"acl", "grant_full_control", "grant_read", "grant_read_acp", "grant_write_acp"})
_REQUEST = frozenset({"request_payer", "expected_bucket_owner"})

ACCEPTED: Mapping[str, frozenset[str]] = {
    "head": _REQUEST,
    "get": _REQUEST,
    "put": _REQUEST | _GRANTS | {"website_redirect"},
    "delete": _REQUEST | {"mfa", "bypass_governance_retention"},
    "delete_batch": _REQUEST | {"mfa", "bypass_governance_retention"},
    "list_page": _REQUEST | {"restore_status"},
    "list_versions_page": _REQUEST,
    "copy": _REQUEST | _GRANTS | {"website_redirect", "expected_source_bucket_owner"},
    # "create_upload" and so on together take what "put" takes, and with "copy_part" what "copy" takes: large objects.
    "create_upload": _REQUEST | _GRANTS | {"website_redirect"},
    "upload_part": _REQUEST,
    "copy_part": _REQUEST | {"expected_source_bucket_owner"},
    "complete_upload": _REQUEST,
    "presign_post": frozenset({"acl", "website_redirect"}),
    "create_bucket": _GRANTS | {"grant_write", "object_ownership"},
}
"""Operation -> options that it takes (API reference, "Request Parameters" of each operation)."""

REQUEST_PAYER = "requester"
"""The only value that the API knows for ``RequestPayer``."""

# None, the usual case, costs one comparison; the fields are known once.
_FIELDS = tuple(field.name for field in dataclasses.fields(S3Options))


def backend_parameters(operation: str, backend: BackendOptions | None) -> dict[str, Any]:
    """A call's own options as parameters of the S3 API.

    Args:
        operation: Name of the provider's method.
        backend: What the caller gave.

    Raises:
        OptionNotSupported: Another provider's options, or one that the operation has no use for.
    """
    if backend is None:
        return {}
    if not isinstance(backend, S3Options):
        raise OptionNotSupported(
            f"{type(backend).__name__} are options of another provider; an S3 store takes S3Options",
            operation=operation,
            hint="Give holdall_s3.S3Options, or leave 'backend' out.",
        )
    parameters: dict[str, Any] = {}
    for name, value in _given(backend, operation).items():
        if name == "request_payer":
            # An explicit False outranks the store's setting; the request builder takes None out again.
            parameters["RequestPayer"] = REQUEST_PAYER if value else None
        elif name == "restore_status":
            parameters["OptionalObjectAttributes"] = ["RestoreStatus"]
        else:
            parameters[NAMES[name]] = value
    return parameters


def _given(backend: S3Options, operation: str) -> dict[str, Any]:
    """The options that were given, all of which the operation takes."""
    accepted = ACCEPTED[operation]
    given: dict[str, Any] = {}
    for name in _FIELDS:
        value = getattr(backend, name)
        if value is None or (value is False and name != "request_payer"):
            continue
        if name not in accepted:
            raise OptionNotSupported(
                f"{operation} has no use for the S3 option {name!r}",
                operation=operation,
                hint=f"It takes {', '.join(sorted(accepted))}.",
            )
        given[name] = value
    return given


def _of(given: Mapping[str, Any]) -> S3Options | None:
    return S3Options(**given) if given else None
