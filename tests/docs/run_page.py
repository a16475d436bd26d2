"""Runs the examples of one page of the documentation, in a process and a folder of their own.

`python -P run_page.py <page.md>` takes the page's fenced blocks in their order:

- `python`: run; the blocks of a page share one namespace. A block whose first line is a comment with a file name
  (`# report.py`) is written to that file instead, for the console blocks to run.
- `pycon`: a session with `>>>`, in the same namespace; what it prints must be what the page shows.
- `console`: lines with `$ ` run in bash, with the working folder and the variables of the lines before; standard output
  and standard error must be what the page shows, and the exit code 0.
- `toml` and `yaml`: written to the file that the first line names.
- `text`: for the reader only. `{.python}` and `{.toml}`: a quotation of a file, which mkdocs puts in.

`...` stands for anything in what is shown. `<!-- not run: reason -->` above a block keeps it from being run.

The pages name AWS and a MinIO at `http://127.0.0.1:9000`. Servers on loopback stand in for both: environment variables
override where the stores of a settings file are reached, as readers could do it themselves; keys, buckets and
everything else stay as written.
"""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
import tempfile
import tomllib
import types
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt

LANGUAGES = ("python", "pycon", "console", "toml", "yaml", "text")
QUOTED = ("{.python}", "{.toml}")
STAND_INS = {"s3": "STAND_IN_AWS", "minio": "STAND_IN_MINIO"}
"""Variables with the URLs of the servers, by the kind of store that they stand in for."""
CONSOLE_SECONDS = 60
BASH_OWN = {"_", "PWD", "OLDPWD", "SHLVL"}

_BUCKETS: set[tuple[str, str]] = set()
"""Endpoints and buckets that the page may use: empty when it began."""
_OVERRIDES: set[str] = set()
"""Variables that say where the stand-ins for the last settings file are."""
_FILE_NAME = re.compile(r"# ([\w.-]+\.(?:py|toml|yaml))\n")
_NOT_RUN = re.compile(r"<!-- not run: (.+?) -->\s*")
_INCLUDE = re.compile(r'--8<-- "([^":]+)(?::[\w-]+)?"\n')


@dataclass(frozen=True)
class Block:
    """A fenced block.

    Attributes:
        page: Its page.
        line: Line of the fence, from 1.
        language: The word behind the fence.
        text: What is inside.
        not_run: The reason, where it is not to be run.
    """

    page: Path
    line: int
    language: str
    text: str
    not_run: str | None = None

    @property
    def file_name(self) -> str | None:
        """The file that the block is written to, if any."""
        named = _FILE_NAME.match(self.text)
        return named[1] if named else None

    @property
    def includes(self) -> list[str]:
        """The files that the block quotes; empty unless it is made of quotations."""
        found = _INCLUDE.findall(self.text)
        return found if len(found) == self.text.count("\n") else []


class ExampleFailed(Exception):
    """An example does not do what the page says."""


def parse(page: Path) -> list[Block]:
    """The fenced blocks of a page."""
    blocks = []
    reason: str | None = None
    for token in MarkdownIt().parse(page.read_text("utf-8")):
        if token.type == "fence":
            line = token.map[0] + 1 if token.map else 0
            blocks.append(Block(page, line, (token.info.split() or [""])[0], token.content, reason))
        if token.type != "html_block":
            reason = None
        elif marked := _NOT_RUN.fullmatch(token.content):
            reason = marked[1]
    return blocks


def run(page: Path) -> None:
    """Runs the blocks of a page in the current folder.

    Raises:
        ExampleFailed: One does not do what the page says.
    """
    namespace = types.ModuleType("__main__")
    sys.modules["__main__"] = namespace
    for block in parse(page):
        if block.not_run or block.includes:
            continue
        try:
            _run_block(block, vars(namespace))
        except Exception as error:
            raise ExampleFailed(f"{page.name}, line {block.line}: {type(error).__name__}: {error}") from error


def _run_block(block: Block, namespace: dict[str, Any]) -> None:
    match block.language:
        case "python" if block.file_name:
            Path(block.file_name).write_text(block.text, "utf-8")
        case "python":
            # As many lines ahead as the page has, so that a traceback points into the page.
            exec(compile("\n" * block.line + block.text, str(block.page), "exec"), namespace)  # noqa: S102
        case "pycon":
            _run_session(block, namespace)
        case "console":
            _run_console(block)
        case "toml" | "yaml":
            if block.file_name is None:
                raise ExampleFailed(f"a {block.language} block begins with the name of its file")
            Path(block.file_name).write_text(block.text, "utf-8")
            if block.language == "toml":
                _stand_in(tomllib.loads(block.text))


def _run_session(block: Block, namespace: dict[str, Any]) -> None:
    session = doctest.DocTestParser().get_doctest(block.text, {}, block.page.name, str(block.page), block.line)
    session.globs = namespace
    report: list[str] = []
    runner = doctest.DocTestRunner(verbose=False, optionflags=doctest.ELLIPSIS)
    if runner.run(session, out=report.append, clear_globs=False).failed:
        raise ExampleFailed("".join(report))


def _run_console(block: Block) -> None:
    for command, shown in commands(block.text):
        written, code = _shell(command)
        if code:
            raise ExampleFailed(f"`{command}` ended with {code}:\n{written}")
        got = "".join(f"{line.rstrip()}\n" for line in written.splitlines())
        if not doctest.OutputChecker().check_output(shown, got, doctest.ELLIPSIS):
            raise ExampleFailed(f"`{command}` should write:\n{shown}\nand wrote:\n{got}")


def commands(text: str) -> list[tuple[str, str]]:
    """The commands of a console block, each with what it shall write."""
    found: list[tuple[str, str]] = []
    continued = False
    for line in text.splitlines(keepends=True):
        if line.startswith("$ "):
            found.append((line[2:], ""))
        elif not found:
            raise ExampleFailed("a console block begins with a command: $ …")
        else:
            command, shown = found[-1]
            found[-1] = (command + line, shown) if continued else (command, shown + line)
        continued = found[-1][0].endswith("\\\n") and not found[-1][1]
    return [(command.rstrip("\n"), shown) for command, shown in found]


def _shell(command: str) -> tuple[str, int]:
    """Runs a command; working folder and exported variables stay for the next one.

    Returns:
        What it wrote, and its exit code.
    """
    with tempfile.NamedTemporaryFile() as state:
        script = f'{command}\ncode=$?; {{ pwd; env -0; }} > "{state.name}"; exit $code'
        done = subprocess.run(
            ["bash", "-c", script],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=CONSOLE_SECONDS,
            check=False,
        )
        folder, _, variables = state.read().decode().partition("\n")
    if folder:
        os.chdir(folder)
        pairs = (variable.partition("=") for variable in variables.split("\0") if variable)
        exported = {name: value for name, _, value in pairs if name not in BASH_OWN}
        for name in os.environ.keys() - exported.keys():
            del os.environ[name]
        os.environ.update(exported)
    return done.stdout.decode(), done.returncode


def _stand_in(settings: dict[str, Any]) -> None:
    """Lets servers on loopback stand in for the S3 stores of a settings file, and makes their buckets."""
    for variable in _OVERRIDES:
        os.environ.pop(variable, None)
    _OVERRIDES.clear()
    settings = settings.get("tool", {}).get("holdall", settings)
    for name, store in settings.get("stores", {}).items():
        endpoint = os.environ.get(STAND_INS.get(store.get("provider"), ""))
        if endpoint is None:
            continue
        variable = f"HOLDALL_STORES__{name.upper().replace('-', '_')}__ENDPOINT_URL"
        os.environ[variable] = endpoint
        _OVERRIDES.add(variable)
        if (bucket := store.get("bucket")) and (endpoint, bucket) not in _BUCKETS:
            _make_empty(endpoint, bucket)
            _BUCKETS.add((endpoint, bucket))


def _make_empty(endpoint: str, bucket: str) -> None:
    """Makes a bucket, or removes what the page before has left in it."""
    import boto3  # most pages need none

    session = boto3.Session(aws_access_key_id="any", aws_secret_access_key="any", region_name="us-east-1")
    buckets = session.resource("s3", endpoint_url=endpoint)
    buckets.Bucket(bucket).create()
    buckets.Bucket(bucket).object_versions.delete()


if __name__ == "__main__":
    run(Path(sys.argv[1]))
