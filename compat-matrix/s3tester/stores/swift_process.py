"""All of OpenStack Swift that S3 needs, in one process: proxy, account, container and object servers on loopback.

Run as a script with one argument, the folder for its data. Prints one line when it answers (`swift listens on
http://127.0.0.1:<port>`) and ends on SIGTERM, or when its standard input ends, so that it never outlives its parent.

Left out are the daemons that repair, replicate and expire: one copy on one disk has no use for them.
"""

from __future__ import annotations

import eventlet

eventlet.monkey_patch()  # before anything else opens a socket or starts a thread

import os  # noqa: E402
import shutil  # noqa: E402
import socket  # noqa: E402
import sys  # noqa: E402
from pathlib import Path  # noqa: E402
from time import monotonic  # noqa: E402
from typing import Any  # noqa: E402

from eventlet import wsgi  # noqa: E402
from swift.account.server import AccountController  # noqa: E402
from swift.common import storage_policy, utils  # noqa: E402
from swift.common.http_protocol import SwiftHttpProtocol  # noqa: E402
from swift.common.ring import RingBuilder  # noqa: E402
from swift.common.wsgi import loadapp  # noqa: E402
from swift.container.server import ContainerController  # noqa: E402
from swift.obj.server import ObjectController  # noqa: E402

# The data is gone with the process, so nothing has to outlive the machine; waiting for the disk takes half the time.


def sync_nothing(fd: object) -> None:
    """In place of ``os.fsync``."""


os.fsync = os.fdatasync = sync_nothing

DEVICE = "disk"  # the name of the one storage device: a folder below <data>/devices

SWIFT_CONF = """\
[swift-hash]
swift_hash_path_prefix = prefix
swift_hash_path_suffix = suffix

[storage-policy:0]
name = single-copy
default = yes
"""

# What a request passes, outermost first.
PIPELINE = (
    "catch_errors gatekeeper healthcheck listing_formats bulk s3api tempauth "
    "copy slo dlo versioned_writes symlink proxy-server"
)

# Filters that need no settings but their name.
PLAIN_FILTERS = (
    "catch_errors",
    "gatekeeper",
    "healthcheck",
    "listing_formats",
    "bulk",
    "copy",
    "slo",
    "dlo",
    "symlink",
)

# `slo` carries S3's multipart uploads and `versioned_writes` its versions. `storage_domain` is the parent of virtual
# hosts. Key ids are `account:user`, from tempauth.
PROXY_CONF = """\
[DEFAULT]
swift_dir = {folder}

[pipeline:main]
pipeline = {pipeline}

[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
allow_account_management = true
# There is one server of each kind: one that was slow is not left out, or everything would be answered with 503.
error_suppression_limit = 1000000

[filter:s3api]
use = egg:swift#s3api
location = us-east-1
s3_acl = false
check_bucket_owner = false
storage_domain = s3.localhost

[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin
user_test_tester2 = testing2

[filter:versioned_writes]
use = egg:swift#versioned_writes
allow_versioned_writes = true
allow_object_versioning = true
"""

# Headers that object servers keep beside the body. S3's content headers must be among them.
KEPT_HEADERS = (
    "Content-Disposition, Content-Encoding, Content-Language, Cache-Control, Expires, "
    "X-Delete-At, X-Object-Manifest, X-Static-Large-Object, X-Robots-Tag"
)


class Nowhere:
    """Where the access logs go."""

    def write(self, _text: str) -> None:
        """Forget a line."""


def check_user_attributes(folder: Path) -> None:
    """End with a clear message where the file system can't keep what Swift writes beside each file."""
    try:
        os.setxattr(folder, "user.swift.probe", b"1")
    except OSError as error:
        sys.exit(f"{folder} takes no user attributes ({error}); set TMPDIR to a folder on ext4, xfs or btrfs")


def write_configuration(folder: Path) -> Path:
    """Write the cluster's and the proxy's settings, and make Swift look for them in this folder, not in /etc/swift.

    Returns:
        The proxy's file.
    """
    (folder / "swift.conf").write_text(SWIFT_CONF)
    filters = "".join(f"\n[filter:{name}]\nuse = egg:swift#{name}\n" for name in PLAIN_FILTERS)
    proxy_conf = folder / "proxy-server.conf"
    proxy_conf.write_text(PROXY_CONF.format(folder=folder, pipeline=PIPELINE) + filters)
    utils.set_swift_dir(str(folder))
    storage_policy.reload_storage_policies()
    return proxy_conf


def listen() -> socket.socket:
    """Take a free port of 127.0.0.1."""
    listener: socket.socket = eventlet.listen(("127.0.0.1", 0))
    # Accepted connections inherit it; without it small answers wait 40 ms.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def write_ring(path: Path, port: int) -> None:
    """Write the ring that tells the proxy that all partitions are on the one device behind this port."""
    builder = RingBuilder(part_power=4, replicas=1, min_part_hours=1)
    address = {"ip": "127.0.0.1", "port": port, "replication_ip": "127.0.0.1", "replication_port": port}
    builder.add_dev({"id": 0, "region": 1, "zone": 1, "weight": 1, "device": DEVICE, **address})
    builder.rebalance()
    builder.get_ring().save(str(path))


def serve(listener: socket.socket, application: Any) -> None:
    """Answer requests until the process ends."""
    # Header names go out as Swift spells them: S3's metadata names are lower-case.
    wsgi.server(
        listener,
        application,
        Nowhere(),
        protocol=SwiftHttpProtocol,
        log_output=False,
        capitalize_response_headers=False,
    )


def start_backend(folder: Path, kind: str, controller: type[Any]) -> None:
    """Start the server of one kind (account, container, object) and write its ring."""
    settings = {
        "swift_dir": str(folder),
        "devices": str(folder / "devices"),
        "mount_check": "false",  # a folder, not a mounted disk
        "disable_fallocate": "true",
        "fallocate_reserve": "0",
        "allowed_headers": KEPT_HEADERS,
    }
    listener = listen()
    write_ring(folder / f"{kind}.ring.gz", listener.getsockname()[1])
    eventlet.spawn(serve, listener, controller(settings, utils.get_logger(settings, log_route=kind)))


def end_with_parent(folder: Path) -> None:
    """End the process when standard input does, and remove the data, which nobody is left to do."""
    while os.read(sys.stdin.fileno(), 1024):
        pass
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)


class Cache:
    """What Swift keeps in memcached: which accounts and containers there are. Without it, it asks at every request."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[float, Any]] = {}

    def get(self, key: str, **_: Any) -> Any:
        """The value, or ``None`` where there is none or its time is over."""
        ends, value = self._kept.get(key, (0.0, None))
        return value if ends > monotonic() else None

    def set(self, key: str, value: Any, time: float = 0, **_: Any) -> None:
        """Keeps a value for so many seconds."""
        self._kept[key] = (monotonic() + (time or 3600), value)

    def incr(self, key: str, delta: int = 1, time: float = 0, **_: Any) -> int:
        """Adds to a number."""
        number = int(self.get(key) or 0) + delta
        self.set(key, number, time)
        return number

    def delete(self, key: str, **_: Any) -> None:
        """Forgets a value."""
        self._kept.pop(key, None)


def main(folder: Path) -> None:
    """Start everything and serve until told to end."""
    check_user_attributes(folder)
    (folder / "devices" / DEVICE).mkdir(parents=True)
    proxy_conf = write_configuration(folder)
    start_backend(folder, "account", AccountController)
    start_backend(folder, "container", ContainerController)
    start_backend(folder, "object", ObjectController)
    proxy = loadapp(str(proxy_conf), global_conf={"swift_dir": str(folder)})
    listener = listen()
    eventlet.patcher.original("threading").Thread(target=end_with_parent, args=(folder,), daemon=True).start()
    print(f"swift listens on http://127.0.0.1:{listener.getsockname()[1]}", flush=True)  # noqa: T201 - the parent waits for it
    cache = Cache()

    def application(environ: dict[str, Any], start_response: Any) -> Any:
        environ["swift.cache"] = cache
        return proxy(environ, start_response)

    serve(listener, application)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
