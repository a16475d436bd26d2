"""Puts the programs of the stores onto this machine, each with its version, and finds them again.

What is built or unpacked goes to `stores_folder()`; Debian's packages go where they belong if root installs them.
"""

from __future__ import annotations

import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from s3tester import places
from s3tester.stores.definitions import (
    AptInstall,
    CargoInstall,
    Definition,
    GoInstall,
    PythonInstall,
    VenvInstall,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FOLDER_VARIABLE = "S3TESTER_STORES"
# Where Go's and Rust's own installers put them, beside the PATH.
_TOOL_FOLDERS = ("/usr/local/go/bin", str(Path.home() / ".cargo" / "bin"))
# A server for tests is built once and used little: no optimisation, and nothing for a debugger.
_CARGO_SETTINGS = {
    "CARGO_PROFILE_DEV_DEBUG": "0",
    "CARGO_PROFILE_DEV_DEBUG_ASSERTIONS": "false",
    "CARGO_PROFILE_DEV_INCREMENTAL": "false",
    "CARGO_PROFILE_DEV_OVERFLOW_CHECKS": "false",
}


class NotInstalledError(RuntimeError):
    """The store's program is not here; the message says how it gets here."""


class CannotInstallError(RuntimeError):
    """The store can't be had on this machine; the message says why."""


def stores_folder() -> Path:
    """Where programs are kept: the variable `S3TESTER_STORES`, else `holdall/stores` in the user's cache folder."""
    chosen = os.environ.get(FOLDER_VARIABLE)
    return Path(chosen) if chosen else platformdirs.user_cache_path("holdall", appauthor=False) / "stores"


def folder_of(store: Definition) -> Path:
    """Where the programs of one version of a store are kept."""
    return stores_folder() / f"{store.name}-{store.version}"


def program_of(store: Definition) -> Path:
    """Finds the program of a store: the server, or the Python that has its packages.

    Raises:
        NotInstalledError: It is not here.
    """
    how = store.install
    if isinstance(how, PythonInstall):
        found = _installed_version(how.package) is not None
        program = Path(sys.executable)
    elif isinstance(how, VenvInstall):
        program = folder_of(store) / "bin" / "python"
        found = program.exists() and (folder_of(store) / "complete").exists()
    elif isinstance(how, AptInstall):
        program = system_root(store) / "usr" / "bin" / how.program
        found = program.exists()
    elif isinstance(how, CargoInstall):
        program = folder_of(store) / "bin" / how.program
        found = program.exists()
    else:
        program = folder_of(store) / how.program
        found = program.exists() and all(_installed_version(_name_of(each)) is not None for each in how.python)
    if not found:
        raise NotInstalledError(f"{store.title} is not installed: python -m s3tester.stores install {store.name}")
    return program


def system_root(store: Definition) -> Path:
    """Where Debian's packages of a store are: `/`, else the folder that they were unpacked to."""
    unpacked = folder_of(store)
    return unpacked if unpacked.is_dir() else Path("/")


def version_of(store: Definition) -> str:
    """What is really installed, as the program or its package tells it.

    Raises:
        NotInstalledError: It is not here.
    """
    program = program_of(store)
    how = store.install
    if isinstance(how, PythonInstall):
        return _installed_version(how.package) or ""
    if isinstance(how, VenvInstall):
        code = f"import importlib.metadata as m; print(m.version({how.package!r}))"
        return _output([str(program), "-c", code]).strip()
    if isinstance(how, AptInstall):
        return _version_in(_output([str(program), "--version"], libraries_of(store)))
    if isinstance(how, CargoInstall):
        return _version_in(_output([str(program), "--version"]))
    assert isinstance(how, GoInstall)  # noqa: S101 - it has a program, and no other way is left
    # Go writes the versions of all modules into what it builds.
    return _module_version(how.package, program)


def libraries_of(store: Definition) -> dict[str, str]:
    """The environment for Debian's programs: as it is, or with the paths to what was unpacked."""
    root = system_root(store)
    if root == Path("/"):
        return dict(os.environ)
    libraries = root / "usr" / "lib" / "x86_64-linux-gnu"
    return os.environ | {
        "PATH": f"{root}/usr/bin:{os.environ.get('PATH', os.defpath)}",
        "PYTHONPATH": f"{root}/usr/lib/python3/dist-packages",
        "LD_LIBRARY_PATH": f"{libraries}:{libraries}/ceph:{root}/lib/x86_64-linux-gnu",
    }


def install(store: Definition) -> None:
    """Installs a store unless it is here.

    Raises:
        CannotInstallError: It can't be had; the message has the reason.
    """
    try:
        program_of(store)
    except NotInstalledError:
        pass
    else:
        return
    how = store.install
    if isinstance(how, PythonInstall):
        _run([sys.executable, "-m", "pip", "install", "--quiet", *how.requirements])
    elif isinstance(how, VenvInstall):
        _install_venv(store, how)
    elif isinstance(how, GoInstall):
        _install_go(store, how)
    elif isinstance(how, CargoInstall):
        _install_cargo(store, how)
    else:
        _install_debian(store, how)
    program_of(store)


def _install_go(store: Definition, how: GoInstall) -> None:
    if how.python:
        _run([sys.executable, "-m", "pip", "install", "--quiet", *how.python])
    go, wanted = _tool("go"), f"{how.package}@{store.version}"
    if not how.replace:
        _run([go, "install", wanted], _go_environment() | {"GOBIN": str(folder_of(store))})
        return
    with tempfile.TemporaryDirectory(prefix=f"{store.name}-") as folder:
        replaced = [f"replace {old} => {new}" for old, new in how.replace.items()]
        Path(folder, "go.mod").write_text("\n".join([f"module holdall/{store.name}", *replaced, ""]), "utf-8")
        _run([go, "get", wanted], _go_environment(), Path(folder))
        _run([go, "build", "-o", str(folder_of(store) / how.program), how.package], _go_environment(), Path(folder))


def _install_cargo(store: Definition, how: CargoInstall) -> None:
    quick = [f"--config=profile.dev.package.{crate}.opt-level=3" for crate in how.optimised]
    _run(
        [_tool("cargo"), "install", f"{how.crate}@{store.version}", "--locked", "--debug", "--jobs=2", *quick,
         "--no-default-features", "--features", ",".join(how.features), "--root", str(folder_of(store))],
        os.environ | _CARGO_SETTINGS,
    )  # fmt: skip


def _install_venv(store: Definition, how: VenvInstall) -> None:
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    if here != how.python:
        raise CannotInstallError(f"its packages are pinned for Python {how.python}, and this is {here}")
    target = folder_of(store)
    venv.create(target, with_pip=True, clear=True)
    _run([str(target / "bin" / "python"), "-m", "pip", "install", "--quiet", "--no-deps", "--requirement",
          str(places.folder("stores") / how.requirements)])  # fmt: skip
    (target / "complete").touch()


def _install_debian(store: Definition, how: AptInstall) -> None:
    apt = _tool("apt-get")
    if os.geteuid() == 0:
        patient = ["-o", "DPkg::Lock::Timeout=300"]  # somebody else may be installing
        _run([apt, *patient, "update", "--quiet"])
        _run([apt, *patient, "install", "--quiet", "--yes", "--no-install-recommends", *how.packages])
    else:
        _unpack_debian(apt, store, how)


def _unpack_debian(apt: str, store: Definition, how: AptInstall) -> None:
    """Download what is missing on this machine, and unpack it: neither needs root."""
    plan = _output([apt, "install", "--simulate", "--no-install-recommends", *how.packages])
    missing = re.findall(r"^Inst (\S+)", plan, re.MULTILINE)
    target = folder_of(store)
    partial = target.with_name(target.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    with tempfile.TemporaryDirectory(prefix=f"{store.name}-") as downloads:
        _run([apt, "download", "--quiet", *missing], directory=Path(downloads))
        for package in sorted(Path(downloads).glob("*.deb")):
            _run([_tool("dpkg"), "-x", str(package), str(partial)])
    partial.rename(target)


def _go_environment() -> dict[str, str]:
    # One package at a time, and the tools that are here: a build must not take the machine, or fetch another Go.
    return os.environ | {"GOFLAGS": "-p=1 -buildvcs=false", "GOTOOLCHAIN": "local", "CGO_ENABLED": "0"}


def _tool(name: str) -> str:
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), *_TOOL_FOLDERS])
    found = shutil.which(name, path=path)
    if found is None:
        raise CannotInstallError(f"{name} is not on this machine")
    return found


def _run(command: Sequence[str], environment: Mapping[str, str] | None = None, directory: Path | None = None) -> None:
    """Run a step of an installation, at the lowest priority, with its output on standard error.

    Raises:
        CannotInstallError: It failed; the message has the end of what it said.
    """
    nice = shutil.which("nice")
    quiet = [nice, "-n", "19", *command] if nice else list(command)
    ended = subprocess.run(
        quiet, env=environment, cwd=directory, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if ended.returncode:
        said = (ended.stderr or ended.stdout).strip().splitlines()[-5:]
        raise CannotInstallError(f"{Path(command[0]).name} failed with {ended.returncode}: " + "\n".join(said))


def _output(command: Sequence[str], environment: Mapping[str, str] | None = None) -> str:
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise CannotInstallError(f"{Path(command[0]).name} failed with {ended.returncode}: {ended.stderr.strip()}")
    return ended.stdout


def _installed_version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _name_of(requirement: str) -> str:
    return re.split(r"[^\w.-]", requirement, maxsplit=1)[0]


def _version_in(text: str) -> str:
    found = re.search(r"\d+(?:\.\d+)+", text)
    return found.group() if found else text.strip()


def _module_version(package: str, program: Path) -> str:
    built = _output([_tool("go"), "version", "-m", str(program)])
    versions: dict[str, str] = dict(re.findall(r"^\t(?:mod|dep)\t(\S+)\t(\S+)", built, re.MULTILINE))
    modules = [module for module in versions if package == module or package.startswith(f"{module}/")]
    return versions[max(modules, key=len)] if modules else ""
