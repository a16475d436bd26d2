"""Keeps secrets out of botocore's own log, which at DEBUG prints whole requests and answers.

With the root logger at DEBUG it shows session tokens, signatures, customers' keys (SSE-C), and the answers of STS, SSO
and the metadata service with all they hold. A filter on botocore's loggers takes the values out and leaves the rest of
the line. It works on whatever uses botocore in the same process.
"""

from __future__ import annotations

import logging
import re

HIDDEN = "**********"

LOGGERS = tuple(
    f"botocore.{module}"
    for module in (
        "auth", "awsrequest", "client", "credentials", "endpoint", "handlers", "hooks", "httpchecksum", "httpsession",
        "parsers", "regions", "retryhandler", "retries.standard", "session", "signers", "tokens", "utils",
    )
)  # fmt: skip
"""The loggers: one each, as a filter does not see what comes from the loggers below its own."""

# A name as it stands in headers, query strings, XML, JSON and reprs of dictionaries, whatever separates it from the
# value, and the value.
_NAMED = re.compile(
    r"""(
        (?: signature | security-token | s3session-token | metadata-token | bearer_token | customer-key
          | secret_?access_?key | session_?token | access_?token | refresh_?token | id_?token | client_?secret
          | sse_?customer_?key | web_?identity_?token | saml_?assertion | token_?code | \btoken )
        \\?["']? \s* [=:>] \s* b? \\?["']?
    )
    [^\s"'\\&<>,;})\]]+""",
    re.IGNORECASE | re.VERBOSE,
)
_BEARER = re.compile(r"(\bBearer\s+)[^\s\"']+")


def without_secrets(text: str) -> str:
    """A line of the log without the values of tokens, signatures and keys."""
    return _BEARER.sub(rf"\1{HIDDEN}", _NAMED.sub(rf"\1{HIDDEN}", text))


def _filter(record: logging.LogRecord) -> bool:
    message = record.getMessage()
    cleaned = without_secrets(message)
    if cleaned != message:
        record.msg, record.args = cleaned, None
    return True


def install() -> None:
    """Puts the filter on botocore's loggers; once is enough, and more does no harm."""
    for name in LOGGERS:
        logging.getLogger(name).addFilter(_filter)
