"""How TLS is spoken, to stores and through proxies alike."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any, cast

from botocore.httpsession import get_cert_path
from urllib3.util.ssl_ import create_urllib3_context


def context(verify: bool | str) -> ssl.SSLContext:  # noqa: FBT001 - one value of two types
    """TLS 1.2 at least, host names checked. The certificates are read once, not with every connection.

    Args:
        verify: ``True``, ``False``, or a file or folder of certificates.

    Raises:
        OSError: The certificates can't be read.
    """
    made = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED if verify else ssl.CERT_NONE)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.set_alpn_protocols(["http/1.1"])
    if verify:
        bundle = str(get_cert_path(cast("Any", verify)))
        place = "capath" if Path(bundle).is_dir() else "cafile"
        made.load_verify_locations(**{place: bundle})
    return made
