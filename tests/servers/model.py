"""What a test needs to know of a running server."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass(frozen=True)
class S3Server:
    """A server that answers requests now.

    Attributes:
        name: Which one: `moto`, `swift` or `rclone`.
        endpoint_url: Where it listens, for path addressing: `http://127.0.0.1:<port>`.
        access_key_id: The key of a user who may do everything.
        secret_access_key: That user's secret; not part of the repr.
        region: The region to sign for.
        notes: What is unlike AWS in a way that tests have to know.
    """

    name: str
    endpoint_url: str
    access_key_id: str
    secret_access_key: str = field(repr=False)
    region: str
    notes: str

    @property
    def virtual_host_endpoint_url(self) -> str:
        """Where it listens for virtual-host addressing: `http://s3.localhost:<port>`.

        The names below `.localhost` resolve only inside `tests.servers.resolve_localhost_names`.
        """
        return f"http://s3.localhost:{urlsplit(self.endpoint_url).port}"
