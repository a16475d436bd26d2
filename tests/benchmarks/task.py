"""What a worker is told, and what it answers. Both travel as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Place:
    """Where the objects are. Keys come from `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`.

    Attributes:
        url: Endpoint, for path addressing.
        bucket: The bucket.
        prefix: All keys are below it; empty or ending in a slash.
        region: To sign for.
        family: What kind of store it is, in holdall's words; empty where nobody knows.
        ca: File with the certificate of the endpoint's authority, for https with a certificate of our own.
    """

    url: str
    bucket: str
    prefix: str = ""
    region: str = "us-east-1"
    family: str = ""
    ca: str | None = None

    @property
    def secure(self) -> bool:
        """Whether it is https."""
        return self.url.startswith("https:")

    @property
    def netloc(self) -> str:
        """Host and port."""
        return self.url.split("//", 1)[1].rstrip("/")


@dataclass(frozen=True)
class Task:
    """One measurement.

    Attributes:
        client: A name in `clients.CLIENTS`.
        job: A name in `jobs.JOBS`.
        place: Where.
        stand_in: The server is the null store: it lets anybody in and tells the sizes of what it dropped.
        size: Bytes of the large object.
        small: Number of small objects that are there to be read.
        listed: The prefix that is listed.
        operations: Requests, keys, ranges or files; 1 for a large object.
        scratch: Folder for files, empty.
        pattern: File with the pattern of all objects' bytes.
        source: What is uploaded: a file of `size` bytes, or a folder with the files of a tree.
    """

    client: str
    job: str
    place: Place
    stand_in: bool
    size: int
    small: int
    listed: str
    operations: int
    scratch: str
    pattern: str
    source: str = ""

    @property
    def folder(self) -> Path:
        """The folder for files."""
        return Path(self.scratch)


@dataclass(frozen=True)
class Measured:
    """What one measurement showed.

    Attributes:
        cpu: Seconds of CPU, user and system, of the client.
        user: Of these in user mode.
        wall: Seconds on the clock.
        memory: Bytes by which the resident memory grew at most; of a command: all of its memory.
        operations: As in the task.
    """

    cpu: float
    user: float
    wall: float
    memory: int
    operations: int


class NotMeasuredError(Exception):
    """The client has not got what the job is about; the message says what."""
