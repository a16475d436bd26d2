"""What people see when something goes wrong: Error, Solution, Details. Never a traceback, never a secret."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING

import click

from holdall import errors
from holdall.cli import exits, missing
from holdall.cli.output import tell
from holdall.cli.signals import Stopped
from holdall.cli.text import escape, human_size
from holdall.transfer.download import kept_by
from holdall.transfer.leftovers import dropped_by, left_by

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from holdall.cli.session import Session
    from holdall.transfer.leftovers import Leftover

# Where the error brings no hint of its own, or one for Python code.
_SOLUTIONS: Mapping[type[errors.StorageError], str] = {
    errors.ObjectAlreadyExists: "Choose another key, or leave out --if-not-exists to replace the object.",
    errors.PreconditionFailed: "The object is not the one you expected: look with 'blob head', then decide anew.",
    errors.VersionNotFound: "Leave out the version to get the latest.",
    errors.ObjectNotFound: "'blob list' shows which objects there are.",
    errors.NotModified: "There is nothing new to get.",
    errors.RangeNotSatisfiable: "'blob head' tells the object's size; '--range -N' gets its last N bytes.",
    errors.ObjectArchived: "The object must be restored from its archive class before it can be read.",
    errors.BucketNotFound: "Check the bucket's name; 'blob list blob://<store>' shows the buckets of a store.",
    errors.InvalidAccessKeyId: "Check the access key id; 'blob config show' tells where it is set.",
    errors.SignatureDoesNotMatch: "Check access key id, secret key and region; 'blob config show' tells their source.",
    errors.ExpiredToken: "Get new temporary credentials, e.g. by logging in again.",
    errors.UploadNotFound: "'blob uploads' lists the unfinished ones; 'blob put' sends the file from its beginning.",
    errors.AccessError: "Check what these credentials may do; 'blob doctor' shows which are used.",
    errors.CredentialsError: "'blob doctor' shows where credentials are looked for.",
    errors.NetworkError: "Check the endpoint and the network; 'blob doctor' looks step by step.",
    errors.ServerError: "Try again later.",
    errors.TransferError: "Try again; nothing incomplete was kept.",
}

_OPTIONS = {"transfer.chunk_size": "--chunk-size", "bucket": "--bucket", "region": "--region", "profile": "--profile"}
"""Settings that options replace; for the library, which knows no options, they are arguments of a call."""
_ONLY_OURS = errors.RangeNotSatisfiable
"""What is always explained in the words of the command line: its own hints have ranges as Python writes them."""


def report(error: errors.StorageError, session: Session, told: str | None = None) -> None:
    """Writes an error to standard error.

    Args:
        error: What stopped the command.
        session: Has the arguments as they were typed.
        told: What to say instead of the error's own message, where that was written already.
    """
    details = {"error": type(error).__name__}
    first = missing.headline(error, session)
    if told is not None:
        first = told
    elif first is None:
        first = headline(error)
    elif error.message:
        details["message"] = error.message
    details |= {name: str(value) for name, value in error.details().items()}
    solution = missing.solution(error, session) or solution_for(error)
    if session.streamed and solution == _SOLUTIONS[errors.TransferError]:
        solution = "Try again."
    more = [_discard(session)] if session.streamed else []
    if left := left_by(error):
        about, *lines = _about(left, session)
        more += lines
        solution = f"{without_leftover(error)}{about[0].upper()}{about[1:]}"
    if (dropped := dropped_by(error)) and not isinstance(error, errors.UploadNotFound):  # then somebody else did it
        more.append(f"What had arrived ({human_size(dropped)}) was dropped, as the setting transfer.on_failure says.")
    say_error(first, solution, details, more=more)


def headline(error: errors.StorageError) -> str:
    """The message, with the object or bucket that it is about unless it names that itself.

    Args:
        error: What went wrong.
    """
    message = error.message or type(error).__name__
    for setting, option in _OPTIONS.items():
        message = message.replace(f"set by call argument {setting})", f"set by {option})")
    about = error.key if error.key is not None else error.bucket
    return message if about is None or about in message else f"{message.rstrip('. ')}: {about}"


def without_leftover(error: errors.StorageError) -> str:
    """What to do about an error itself, when what it left at the store is told apart; with a blank behind."""
    own = (error.hint or "").removesuffix(str(left_by(error))).strip()
    general = next((_SOLUTIONS[kind] for kind in type(error).__mro__ if kind in _SOLUTIONS), "")
    first = own or ("" if isinstance(error, errors.TransferError) else general)
    return f"{first} " if first else ""


def _about(left: Leftover, session: Session) -> list[str]:
    """What an upload left at the store, and the commands for it; lines."""
    location = session.named[-1][0] if session.named else "LOCATION"
    if left.upload_id is None:
        look = f"If so, this lists it: {session.command('uploads', location)}"
        return ["whether the store has begun an upload is not known, since its answer did not come.", look]
    remove = f"Remove it with: {session.command('uploads', location, '--abort')}"
    look = f"Look with: {session.command('head', location)}"
    open_end = "whether the upload was completed is not known: the object is whole, or not there."
    if left.completing and not left.kept:
        return [open_end, look]
    if not left.kept:
        return [
            f"an unfinished upload ({left.upload_id}) may be left at the store, since it could not be aborted.",
            remove,
        ]
    by_id = ("--upload-id", left.upload_id)
    if session.resume is None:
        again = f"From a file with the same bytes, go on with: {session.command('resume', 'FILE', location, *by_id)}"
    else:
        words = session.resume if left.resumable else (*session.resume, *by_id)
        again = f"Go on with: {session.command('resume', *words)}"
    if left.completing:
        return [open_end, look, again]
    what = f"what has arrived ({human_size(left.size)})" if left.size else "the upload, of which no part has arrived,"
    return [f"{what} is kept. {again}", *([] if session.resume else [remove])]


def _ended(error: BaseException, session: Session) -> str:
    """What is left of a command that was ended; escaped."""
    # click makes an error of its own out of Ctrl-C.
    left = left_by(error) or (left_by(error.__cause__) if error.__cause__ else None)
    if left:
        return "\n".join(map(escape, _about(left, session)))
    kept = kept_by(error) or (kept_by(error.__cause__) if error.__cause__ else None)
    if kept:
        return f"the pieces that are here ({human_size(kept.size)}) were kept, and the same command goes on with them."
    if session.streamed:
        text = _discard(session)
        return f"{text[:1].lower()}{text[1:]}"
    return "nothing incomplete was kept."


def _discard(session: Session) -> str:
    return f"What has gone to standard output ({human_size(session.streamed)}) is incomplete or wrong: discard it."


def solution_for(error: errors.StorageError) -> str | None:
    """What to do about an error, in the words of the command line."""
    own = error.hint if error.hint != error.default_hint and not isinstance(error, _ONLY_OURS) else None
    return own or next((_SOLUTIONS[kind] for kind in type(error).__mro__ if kind in _SOLUTIONS), error.hint)


def report_usage(error: click.ClickException) -> None:
    """Writes what is wrong with the arguments."""
    message, solution = error.format_message(), "'blob --help' shows what there is."
    if isinstance(error, click.UsageError) and error.ctx is not None:
        solution = f"'{error.ctx.command_path} --help' shows the options and examples."
        if isinstance(error, click.NoSuchOption) and error.option_name in {"--recursive", "-r"}:
            message = error.message  # without the options that are spelled alike: they are nowhere near
            each = "in a loop over 'blob list'"
            if error.ctx.info_name == "put":
                each = 'for file in *.csv; do blob put "$file" LOCATION; done'
            solution = f"'{error.ctx.command_path}' moves one object; name each, e.g. {each}."
    say_error(message, solution)


def report_local(error: OSError) -> None:
    """Writes what this machine's file system refused."""
    where = f"{error.filename}: " if error.filename else ""
    say_error(f"{where}{error.strerror or type(error).__name__}", None)


def report_unexpected(error: BaseException, *, verbose: bool) -> None:
    """Writes that there is a mistake in holdall; its message may hold anything, so it is shown on demand only."""
    say_error(
        f"something unexpected happened ({type(error).__name__})",
        "This is a mistake in holdall or in a plugin: please report it, with the traceback above."
        if verbose
        else "Please report this. Run the command again with --verbose to see the traceback.",
        before=traceback.format_exception(error) if verbose else (),
    )


def say_error(
    message: str,
    solution: str | None,
    details: Mapping[str, str] | None = None,
    *,
    more: Iterable[str] = (),
    before: Iterable[str] = (),
) -> None:
    """Writes an error in the documented form.

    Args:
        message: What happened.
        solution: What to do.
        details: Names and values.
        more: Further lines of the solution.
        before: Lines to write first, unchanged.
    """
    lines = [*(line.rstrip("\n") for line in before), f"Error: {escape(message)}"]
    if solution:
        lines += ["", f"Solution: {escape(solution)}", *map(escape, more)]
    if details:
        lines += ["", "Details:", *(f"  - {name}: {escape(value)}" for name, value in details.items())]
    tell("\n".join(lines))


def handle(error: BaseException, session: Session) -> int:
    """Reports whatever ended a command.

    Args:
        error: The exception.
        session: Has the arguments as they were typed, and whether to show the traceback of unexpected errors.

    Returns:
        The exit code.
    """
    match error:
        case errors.StorageError():
            report(error, session)
            return exits.exit_code(error)
        case click.Abort() | KeyboardInterrupt():
            tell(f"Interrupted; {_ended(error, session)}")
            return exits.INTERRUPTED
        case Stopped():
            tell(f"Terminated; {_ended(error, session)}")
            return int(str(error.code))
        case click.ClickException():
            report_usage(error)
            return exits.BAD_INPUT
        case OSError():
            report_local(error)
            return exits.USER_ERROR
        case _:
            report_unexpected(error, verbose=session.verbose)
            return exits.INTERNAL
