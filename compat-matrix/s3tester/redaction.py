"""What results and logs must not hold: secrets, signatures, hosts with their paths, folders of this machine."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

HIDDEN = "[hidden]"
_SIGNED = re.compile(
    r"(X-Amz-(?:Signature|Credential|Security-Token)=|Signature=|Credential=|AWSAccessKeyId=)[^&\s\"'<>,;]+",
    re.IGNORECASE,
)
_TAGGED = re.compile(
    r"(<(SignatureProvided|StringToSign|StringToSignBytes|CanonicalRequest|CanonicalRequestBytes|AWSAccessKeyId)>).*?(</\2>)",
    re.IGNORECASE | re.DOTALL,
)
_TELLING = re.compile(
    r"^(x-amz-.*|x-rgw-.*|x-trans-id|x-openstack-.*|x-minio-.*|etag|content-(length|type|range|encoding|disposition)|"
    r"server|allow|location|accept-ranges|last-modified|retry-after|transfer-encoding|connection|access-control-.*)$"
)
_NEVER = re.compile(r"(security-token|customer-key$|authorization|cookie)")
_LONG = 8
"""Characters of a secret that does not stand in a text by chance."""
LONGEST = 400
"""Characters of one text in evidence."""


class Redactor:
    """Cleans texts of one run.

    Args:
        secrets: What must not be shown, wherever it stands.
        endpoint_url: Address of the store: shown as its host, and on loopback not at all.
        names: Names of this run only, and what stands for each.
    """

    def __init__(
        self, secrets: Iterable[str], endpoint_url: str | None = None, names: dict[str, str] | None = None
    ) -> None:
        whole = sorted({form for each in secrets for form in (each, quote(each, safe=""))}, key=len, reverse=True)
        self._secret = re.compile("|".join(map(_pattern, whole))) if whole else None
        self._names = dict(names or {})
        if endpoint_url:
            parts = urlsplit(endpoint_url)
            self._names[parts.netloc] = "endpoint" if _is_loopback(parts.hostname or "") else (parts.hostname or "")
        for folder, stands in ((Path.cwd(), "."), (Path.home(), "~")):
            if len(folder.parts) > 1:
                self._names[str(folder)] = stands

    def secretless(self, text: str) -> str:
        """A text in one line without secrets, for whoever runs the tool: addresses and folders stay."""
        text = " ".join(text.split())
        if self._secret is not None:
            text = self._secret.sub(HIDDEN, text)
        text = _SIGNED.sub(rf"\g<1>{HIDDEN}", text)
        return _TAGGED.sub(rf"\g<1>{HIDDEN}\g<3>", text)

    def text(self, text: str) -> str:
        """A text in one line, without what must not be in results, cut to ``LONGEST``."""
        text = self.secretless(text)
        for name, stands in sorted(self._names.items(), key=lambda each: -len(each[0])):
            text = text.replace(name, stands)
        return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"

    def headers(self, headers: dict[str, str]) -> dict[str, str]:
        """The headers that tell something about a store, sorted."""
        return {
            name: self.text(value)
            for name, value in sorted(headers.items())
            if _TELLING.match(name) and not _NEVER.search(name)
        }


def _pattern(secret: str) -> str:
    """Where a secret stands. A short one ("test") is hidden as a word of its own: inside of others it tells nothing."""
    found = re.escape(secret)
    return found if len(secret) >= _LONG else rf"(?<![\w-]){found}(?![\w\[-])"


def _is_loopback(host: str) -> bool:
    return host == "localhost" or host.endswith(".localhost") or host.startswith("127.") or host == "::1"
