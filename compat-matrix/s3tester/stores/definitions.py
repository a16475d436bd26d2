"""The stores that can be run here, as the files in `compat-matrix/stores` describe them."""

from __future__ import annotations

import functools
import tomllib
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from s3tester import places


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PythonInstall(_Table):
    """Packages of this Python environment.

    Attributes:
        requirements: What pip installs, with the versions.
        package: The one whose version is the server's.
    """

    method: Literal["python"]
    requirements: tuple[str, ...]
    package: str


class VenvInstall(_Table):
    """Packages that get along with nobody else, in an environment of their own.

    Attributes:
        python: The version of Python that they were pinned for, e.g. ``3.11``.
        requirements: The file beside the definition that pins every package.
        package: The one whose version is the server's.
    """

    method: Literal["venv"]
    python: str
    requirements: str
    package: str


class GoInstall(_Table):
    """A program that Go builds from its module.

    Attributes:
        package: What `go install` is told, without the version.
        program: Name of the program.
        python: Packages of this Python environment that its starter needs.
        replace: What its go.mod replaces, each module with the other and that one's version. `go install` refuses a
            module that does so; it is built as part of a module of ours with the same replacements.
    """

    method: Literal["go"]
    package: str
    program: str
    python: tuple[str, ...] = ()
    replace: dict[str, str] = Field(default_factory=dict)


class CargoInstall(_Table):
    """A program that Cargo builds from its crate, quickly rather than well.

    Attributes:
        crate: Its name.
        program: Name of the program.
        features: Those that are built, in place of the default ones.
        optimised: The crates that are optimised after all: without it, hashes take most of the time of a request.
    """

    method: Literal["cargo"]
    crate: str
    program: str
    features: tuple[str, ...]
    optimised: tuple[str, ...]


class AptInstall(_Table):
    """Packages of Debian: installed by root, else downloaded and unpacked below the user's cache.

    Attributes:
        packages: Their names, without what they depend on.
        program: The program whose being there says that they are.
    """

    method: Literal["apt"]
    packages: tuple[str, ...]
    program: str


Install = Annotated[
    PythonInstall | VenvInstall | GoInstall | CargoInstall | AptInstall,
    Field(discriminator="method"),
]


class Definition(_Table):
    """One store.

    Attributes:
        name: Name of the file, without its ending.
        title: For people.
        family: The profile of `holdall_s3` that is meant for it.
        version: The version that is installed; for Debian's packages what Debian 12 had when it was written down.
        needs: What has to be on the machine.
        notes: What is unlike AWS in a way that one has to know, each a sentence or two.
        install: How it gets here.
    """

    name: str
    title: str
    family: str
    version: str
    needs: str
    notes: tuple[str, ...]
    install: Install


def names() -> tuple[str, ...]:
    """All stores, in the order of their names."""
    return tuple(sorted(file.stem for file in places.folder("stores").glob("*.toml")))


@functools.cache
def definition(name: str) -> Definition:
    """Reads the definition of a store.

    Args:
        name: One of `names()`.

    Raises:
        KeyError: There is no such store.
        pydantic.ValidationError: The file is not as it should be.
    """
    if name not in names():
        raise KeyError(name)
    with (places.folder("stores") / f"{name}.toml").open("rb") as file:
        return Definition.model_validate({"name": name, **tomllib.load(file)})
