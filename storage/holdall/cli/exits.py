"""Exit codes: which family of errors, or leaf of one, ends the command with which number. Only this place says so."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from holdall import errors

if TYPE_CHECKING:
    from collections.abc import Mapping

OK = 0
USER_ERROR = 1
"""What was named is not there, is there already, or is not as the user said."""
BAD_INPUT = 2
"""Arguments, settings or a request that can't be right; nothing was sent, unless the store itself found out."""
STORE_ERROR = 3
"""The store, the way to it, or the credentials for it."""
INTERNAL = 70
"""A mistake in holdall (``EX_SOFTWARE`` of sysexits.h)."""
INTERRUPTED = 130
"""Ctrl-C: 128 and the signal's number, as shells count; so 143 for SIGTERM, and 129 for SIGHUP, a
closed terminal."""
READER_GONE = 141
"""Whoever read the output has stopped (``blob list … | head``): what shells report for a program that SIGPIPE ended."""

FAMILIES: Mapping[type[errors.StorageError], int] = MappingProxyType(
    {
        errors.ObjectError: USER_ERROR,
        errors.BucketError: USER_ERROR,
        errors.ConfigurationError: BAD_INPUT,
        errors.RequestError: BAD_INPUT,
        errors.CredentialsError: STORE_ERROR,
        errors.SigningError: STORE_ERROR,
        errors.UploadNotFound: USER_ERROR,  # of its family the one that is named by the user, and is not there
        errors.MultipartError: STORE_ERROR,
        errors.AccessError: STORE_ERROR,
        errors.NetworkError: STORE_ERROR,
        errors.ServerError: STORE_ERROR,
        errors.ResponseError: STORE_ERROR,
        errors.TransferError: STORE_ERROR,
        errors.StorageError: STORE_ERROR,  # a plugin's own error, outside of all families
    }
)


def exit_code(error: errors.StorageError) -> int:
    """The exit code for an error.

    Args:
        error: What stopped the command.
    """
    return next(FAMILIES[kind] for kind in type(error).__mro__ if kind in FAMILIES)
