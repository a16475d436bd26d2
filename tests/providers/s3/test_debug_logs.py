"""botocore's own log at DEBUG: it names no secret."""

from __future__ import annotations

import base64
import logging
import re
from typing import TYPE_CHECKING, Any

import pytest

from holdall import options as opt
from holdall.errors import RequestIgnored
from holdall.models import ObjectRef, SseC
from holdall.testing import calls
from holdall_s3.debug_logs import HIDDEN, without_secrets

if TYPE_CHECKING:
    from tests.providers.s3.conftest import MakeProvider
    from tests.servers import S3Server

SECRET = "MARKER/secret+key=="
TOKEN = "MARKER/session+token=="


def test_nothing_that_is_sent_shows_a_secret(
    moto_server: S3Server, provider_on: MakeProvider, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)  # the root logger's
    provider = provider_on(moto_server, access_key_id="AKIDEXAMPLE", secret_access_key=SECRET, session_token=TOKEN)
    signatures: list[str] = []

    def keep(request: Any, **_: Any) -> None:
        signatures.extend(re.findall(r"Signature=([0-9a-f]{64})", str(request.headers.get("Authorization"))))

    provider.raw_client.meta.events.register("before-send.s3", keep)
    key = SseC(b"0123456789abcdef0123456789abcdef")
    with pytest.raises(RequestIgnored):  # moto does not encrypt
        calls.put(provider, "k", b"hello", encryption=key)
    provider.get("k", opt.GetOptions(customer_key=key)).read()
    provider.list_page(opt.ListOptions())
    provider.get_versioning()
    url = provider.presign("k", opt.PresignOptions()).url
    fields = provider.presign_post("k", opt.PresignPostOptions()).fields
    provider.delete_batch([ObjectRef("k")], opt.DELETE)
    signatures += [url.partition("X-Amz-Signature=")[2].partition("&")[0], fields["x-amz-signature"]]
    assert len(signatures) >= 3
    assert any(record.name == "botocore.auth" and record.levelno == logging.DEBUG for record in caplog.records)
    for text in (SECRET, TOKEN, "MARKER", base64.b64encode(key.key).decode(), "0123456789abcdef", *signatures):
        assert text not in caplog.text


@pytest.mark.parametrize(
    "line",
    [
        "CanonicalRequest:\nGET\n/\n\nx-amz-security-token:{}\n\nhost;x-amz-security-token\nabc",
        "Signature:\n{}",
        "headers={{'X-Amz-Security-Token': b'{}', 'Authorization': b'AWS4 Credential=A/b, Signature={}'}}",
        "https://b.s3.amazonaws.com/k?X-Amz-Security-Token={}&X-Amz-Signature={}&X-Amz-Date=1",
        "{{'x-amz-server-side-encryption-customer-key': '{}', 'x-amz-server-side-encryption-customer-key-MD5': 'm'}}",
        "b'<AccessKeyId>A</AccessKeyId><SecretAccessKey>{}</SecretAccessKey><SessionToken>{}</SessionToken>'",
        'Response body:\nb\'{{"accessKeyId":"A","secretAccessKey":"{}","sessionToken":"{}"}}\'',
        'b\'{{\\n  "SecretAccessKey" : "{}",\\n  "Token" : "{}",\\n "Expiration" : "x"}}\'',
        "{{'body': {{'Action': 'AssumeRoleWithWebIdentity', 'WebIdentityToken': '{}'}}}}",
        "{{'x-amz-sso_bearer_token': '{}', 'X-aws-ec2-metadata-token': '{}'}}",
        "{{'Authorization': 'Bearer {}'}}",
    ],
)
def test_a_line_loses_its_secrets_and_nothing_else(line: str) -> None:
    count = line.count("{}")
    assert without_secrets(line.format(*["MARKER/a+b%3D"] * count)) == line.format(*[HIDDEN] * count)


@pytest.mark.parametrize(
    "line",
    ["Event before-sign.s3.PutObject: calling handler <function x>", "host;x-amz-date;x-amz-security-token", "ETag: e"],
)
def test_a_line_without_secrets_stays_as_it_is(line: str) -> None:
    assert without_secrets(line) == line
