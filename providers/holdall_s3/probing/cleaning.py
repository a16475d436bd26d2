"""Deletes what probes wrote: objects, versions, delete markers and unfinished uploads."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from holdall.errors import InvalidBucketState

if TYPE_CHECKING:
    from holdall_s3.probing.trial import Trial

_ABSENT = frozenset({"NotImplemented", "XNotImplemented", "MethodNotAllowed"})


@dataclass(slots=True)
class Cleaned:
    """What became of it.

    Attributes:
        left: Objects and versions that are still there.
        batch: Whether the store deletes in batches, and by which answer; ``None`` where that is not clear.
    """

    left: int = 0
    batch: tuple[bool, str] | None = None

    def error(self, trial: Trial) -> InvalidBucketState:
        """What to raise where something is left."""
        return InvalidBucketState(
            f"{self.left} scratch objects of the probe could not be deleted",
            bucket=trial.bucket,
            key=trial.prefix,
            hint=f"Delete what is below {trial.prefix!r}; nothing else is there.",
        )


def clean(trial: Trial) -> Cleaned:
    """Deletes everything below the trial's prefix, which is nobody else's.

    Raises:
        ClientError, BotoCoreError: The store does not say what is there, or can't be reached.
    """
    trial.cleaning = True
    cleaned = Cleaned()
    for key, upload_id in sorted(trial.uploads):
        with suppress(ClientError):
            trial.send("abort_multipart_upload", Key=key, UploadId=upload_id)
    there = _there(trial)
    if not there:
        return cleaned
    try:
        answer = trial.send("delete_objects", Delete={"Objects": there, "Quiet": False})
        said = trial.said
        rest = [{"Key": each["Key"]} for each in answer.get("Errors", ())]
        rest = [each for each in there if {"Key": each["Key"]} in rest]
    except ClientError as error:
        rest, said = there, trial.said
        if error.response["Error"]["Code"] in _ABSENT:
            cleaned.batch = (False, said)
    else:
        cleaned.batch = (True, said) if not rest else None
    _one_by_one(trial, rest)
    left = _there(trial)
    if left:  # a batch that said yes and did not do it
        cleaned.batch = (False, f"said yes and left {len(left)} objects: {said}") if not rest else cleaned.batch
        _one_by_one(trial, left)
        cleaned.left = len(_there(trial))
    return cleaned


def _one_by_one(trial: Trial, objects: list[dict[str, Any]]) -> None:
    for each in objects:
        with suppress(ClientError):
            trial.send("delete_object", **each)


def _there(trial: Trial) -> list[dict[str, Any]]:
    """The scratch objects; of a bucket with versions, all of these and the delete markers.

    A store that does not heed the prefix lists what is the user's: such keys are never among them.
    """
    if not trial.versioned:
        page = trial.send("list_objects_v2", Prefix=trial.prefix)
        return [{"Key": each["Key"]} for each in page.get("Contents", ()) if each["Key"].startswith(trial.prefix)]
    page = trial.send("list_object_versions", Prefix=trial.prefix)
    entries = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
    return [
        {"Key": each["Key"], "VersionId": each["VersionId"]} for each in entries if each["Key"].startswith(trial.prefix)
    ]
