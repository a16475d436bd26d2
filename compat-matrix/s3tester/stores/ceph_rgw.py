"""Ceph with its object gateway: one monitor, one OSD in memory, one gateway; no systemd, no disk of its own.

Everything that is unusual in the configuration is there to make it small and quick to start. All daemons run in the
foreground and end with this process.
"""

from __future__ import annotations

import subprocess
import tempfile
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import boto3

from s3tester.stores.definitions import definition
from s3tester.stores.events import run_receiver
from s3tester.stores.installing import libraries_of, program_of, system_root
from s3tester.stores.process import ServerDidNotStart, free_port, run_program, run_until_answers
from s3tester.stores.server import Keys, S3Server, server_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_MAIN = Keys("AKIACEPHRGWSERVES0MA", "cephrgwsecretforonetestrun")
_OTHER = Keys("AKIACEPHRGWSERVES0OT", "cephrgwsecretofsomebodyelse")
_STORAGE_CLASS = "STANDARD_IA"
_CLUSTER = "5d5f6d3e-0000-4000-8000-000000000001"
_OSD = "5d5f6d3e-0000-4000-8000-000000000002"
_CONFIGURATION = """\
[global]
fsid = {cluster}
mon_initial_members = a
mon_host = v2:127.0.0.1:{monitor}
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
run_dir = {folder}/run
admin_socket = {folder}/run/$name.asok
pid_file = {folder}/run/$name.pid
log_file = {folder}/run/$name.log
crash_dir = {folder}/run
plugin_dir = {libraries}/ceph
erasure_code_dir = {libraries}/ceph/erasure-code
osd_class_dir = {libraries}/rados-classes
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 1
osd_pool_default_pgp_num = 1
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 1000

[mon]
mon_data = {folder}/mon
# Changes of the maps take effect at once: else each of eight pools takes a second to make.
paxos_propose_interval = 0.05
paxos_min_wait = 0.01
mon_osd_min_up_ratio = 0
mon_data_avail_crit = 1
mon_warn_on_insecure_global_id_reclaim_allowed = false

[osd]
osd_data = {folder}/osd
osd_objectstore = memstore
memstore_device_bytes = 4294967296
osd_memory_target = 939524096
osd_op_num_shards = 2

[client]
# The gateway alone wants "secure", which is not to be had without authentication; it would try for 300 seconds.
ms_mon_client_mode = crc
rgw_data = {folder}/rgw
rgw_dns_name = s3.localhost
rgw_thread_pool_size = 128
rgw_rados_pool_pg_num_min = 1
rgw_crypt_require_ssl = false
rgw_crypt_s3_kms_backend = testing
# The pair of keys that Ceph's own tests use.
rgw_crypt_s3_kms_encryption_keys = testkey-1=YmluCmJvb3N0CmJvb3N0LWJ1aWxkCmNlcGguY29uZgo= testkey-2=aWIKTWFrZWZpbGUKbWFuCm91dApzcmMKVGVzdGluZwo=
rgw_lc_debug_interval = 10
"""  # noqa: E501 - one setting


class _Cluster:
    """The commands of one cluster, by its configuration."""

    def __init__(self, folder: Path) -> None:
        store = definition("ceph-rgw")
        self._binaries = program_of(store).parent
        self.folder = folder
        self.configuration = folder / "ceph.conf"
        self.environment = libraries_of(store) | {"CEPH_CONF": str(self.configuration)}
        self._libraries = system_root(store) / "usr" / "lib" / "x86_64-linux-gnu"

    def write_configuration(self, monitor: int) -> None:
        for name in ("mon", "osd", "run", "rgw"):
            (self.folder / name).mkdir()
        text = _CONFIGURATION.format(folder=self.folder, cluster=_CLUSTER, monitor=monitor, libraries=self._libraries)
        self.configuration.write_text(text, "utf-8")

    def command(self, program: str, *arguments: str) -> list[str]:
        # The command `ceph` is a script for Debian's own Python.
        interpreter = ["/usr/bin/python3"] if program == "ceph" else []
        return [*interpreter, str(self._binaries / program), *arguments]

    def run(self, program: str, *arguments: str) -> str:
        ended = subprocess.run(
            self.command(program, *arguments),
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if ended.returncode:
            raise ServerDidNotStart(f"{program} {arguments[0]} failed: {ended.stderr.strip()}")
        return ended.stdout

    def says(self, *arguments: str) -> Callable[[], str]:
        def ask() -> str:
            try:
                return self.run("ceph", "--connect-timeout", "10", *arguments)
            except ServerDidNotStart:
                return ""

        return ask


@contextmanager
def run_ceph_rgw() -> Iterator[S3Server]:
    """Run Ceph in a temporary folder for the length of a `with` block; takes three seconds to start."""
    store = definition("ceph-rgw")
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="ceph-rgw-", ignore_cleanup_errors=True)))
        cluster = _Cluster(folder)
        _start_storage(cluster, opened)
        _make_users(cluster)

        def command(port: int) -> list[str]:
            # Without tcp_nodelay small answers wait 40 ms.
            frontend = f"--rgw_frontends=beast endpoint=127.0.0.1:{port} tcp_nodelay=1"
            return cluster.command("radosgw", "-f", "-n", "client.rgw", frontend)

        endpoint = opened.enter_context(run_until_answers(command, environment=cluster.environment))
        receiver = opened.enter_context(run_receiver())
        yield server_of(
            store,
            endpoint,
            _MAIN,
            other=_OTHER,
            kms_key_id="testkey-1",
            storage_class=_STORAGE_CLASS,
            event_destination=_make_topic(endpoint, receiver.url),
            received_events=receiver.take,
        )


def _start_storage(cluster: _Cluster, opened: ExitStack) -> None:
    """Start the monitor and the OSD."""
    monitor = free_port()
    cluster.write_configuration(monitor)
    monmap = str(cluster.folder / "monmap")
    cluster.run("monmaptool", "--create", "--fsid", _CLUSTER, "--addv", "a", f"[v2:127.0.0.1:{monitor}]", monmap)
    cluster.run("ceph-mon", "--mkfs", "-i", "a", "--monmap", monmap)
    program = opened.enter_context(
        run_program(cluster.command("ceph-mon", "-f", "-i", "a"), environment=cluster.environment)
    )
    known = cluster.says("osd", "new", _OSD)
    program.wait_until(lambda: known().strip() == "0", "the monitor knew the OSD")
    cluster.run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", _OSD)
    program = opened.enter_context(
        run_program(cluster.command("ceph-osd", "-f", "-i", "0"), environment=cluster.environment)
    )
    state = cluster.says("osd", "stat", "--format", "json")
    program.wait_until(lambda: '"num_up_osds":1' in state(), "the OSD was up")


def _make_users(cluster: _Cluster) -> None:
    """Make the users and a storage class; the first user makes the zone that the class needs."""
    for uid, keys in (("main", _MAIN), ("other", _OTHER)):
        cluster.run(
            "radosgw-admin", "user", "create", "--uid", uid, "--display-name", uid,
            "--access-key", keys.access_key_id, "--secret-key", keys.secret_access_key,
        )  # fmt: skip
    place = ("--placement-id", "default-placement", "--storage-class", _STORAGE_CLASS)
    cluster.run("radosgw-admin", "zonegroup", "placement", "add", "--rgw-zonegroup", "default", *place)
    cluster.run(
        "radosgw-admin", "zone", "placement", "add", "--rgw-zone", "default", *place,
        "--data-pool", "default.rgw.ia.data",
    )  # fmt: skip


def _make_topic(endpoint: str, receiver: str) -> str:
    """Make a topic that posts its events, and return its ARN; the gateway speaks SNS for that."""
    session = boto3.session.Session(_MAIN.access_key_id, _MAIN.secret_access_key, region_name="us-east-1")
    with closing(session.client("sns", endpoint_url=endpoint)) as client:
        topic = client.create_topic(Name="events", Attributes={"push-endpoint": receiver})
    return str(topic["TopicArn"])
