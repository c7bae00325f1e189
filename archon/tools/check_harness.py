"""Runs inside the sandbox: calls each check of `checks.py` and reports what came of it.

Standard library only, for it is read as text and shipped into the sandbox. It reads one JSON object
from standard input: the `program` of checks, the `names` of those to call, the `stdout` and `stderr`
of the run they are about, and what it `changed` in its folder, which is /workspace. It prints one JSON
object per check to the real standard output, with a token that only who has read the input knows; what
checks and the programs they start print goes to standard error. Checks may start the program again, which
must neither see them nor speak for them: so no file holds them, nobody may look into this process, and what
it starts inherits neither its input nor its real output.
"""

import base64
import ctypes
import hashlib
import inspect
import json
import linecache
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import traceback
import types
from contextlib import suppress
from pathlib import Path

WORKSPACE = Path(os.environ.get("ARCHON_CHECKED_WORKSPACE", "/workspace"))
ONE_RUN_SECONDS = 20
NAME = "checks.py"
PR_SET_DUMPABLE = 4


class Ran:
    """What one more run of the program gave."""

    def __init__(self, stdout: str, stderr: str, exit_code: int, workspace: Path) -> None:
        self.stdout, self.stderr, self.exit_code, self.workspace = stdout, stderr, exit_code, workspace


class Result(Ran):
    """What the program's run gave, and the means to run it again on other input."""

    changed: "dict[str, str | None]" = {}  # noqa: RUF012 - set once, for all
    """Path → what it held before the run, in base64; None for what the run made."""

    def run(self, *arguments: object, stdin: str = "", files: "dict[str, str] | None" = None) -> Ran:
        copy = Path(tempfile.mkdtemp()) / "workspace"
        copy_folder(self.workspace, copy)
        for name, held in sorted(self.changed.items(), reverse=True):
            put_back(copy, copy / name, held)
        for name, content in (files or {}).items():
            target = copy / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(content, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "main.py", *map(str, arguments)],
            cwd=copy,
            input=stdin,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=ONE_RUN_SECONDS,
        )
        return Ran(done.stdout, done.stderr, done.returncode, copy)


def copy_folder(source: Path, target: Path) -> None:
    """Copy all that is in a folder, with its modes and times.

    Where there are no namespaces a process that nobody may look into, as this one, cannot change them. So
    files have their mode from the beginning, and the rest is done as far as it can be.
    """
    target.mkdir()
    for entry in os.scandir(source):
        there = target / entry.name
        if entry.is_symlink():
            there.symlink_to(Path(entry.path).readlink())
        elif entry.is_dir():
            copy_folder(Path(entry.path), there)
        elif entry.is_file():
            copy_file(Path(entry.path), there)
        else:
            raise shutil.SpecialFileError(f"{entry.path} is neither a file nor a folder")
    with suppress(OSError):
        shutil.copystat(source, target)


def copy_file(source: Path, target: Path) -> None:
    mode = stat.S_IMODE(source.stat().st_mode)
    made = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(made, "wb") as written, source.open("rb") as read:
        shutil.copyfileobj(read, written)
    with suppress(OSError):
        shutil.copystat(source, target)


def put_back(root: Path, path: Path, held: "str | None") -> None:
    """Undo what the run did to a path, and to folders that it made for it."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    if held is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(held))
        return
    while path.parent != root and path.parent.is_dir() and not any(path.parent.iterdir()):
        path = path.parent
        path.rmdir()


def heard() -> bytes:
    """All of standard input, which then is empty for this process and all that it starts."""
    data = sys.stdin.buffer.read()
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return data


def report_channel() -> int:
    """The real standard output, out of reach of children; standard output becomes standard error."""
    channel = os.dup(1)
    os.set_inheritable(channel, False)
    os.dup2(2, 1)
    return channel


def load(program: str) -> types.ModuleType:
    """The module of checks, with its lines where tracebacks look for them."""
    module = types.ModuleType("checks")
    sys.modules["checks"] = module
    linecache.cache[NAME] = (len(program), None, program.splitlines(keepends=True), NAME)
    exec(compile(program, NAME, "exec"), module.__dict__)  # noqa: S102 - what this program is for
    return module


def call(check: object, result: Result) -> "tuple[bool, str]":
    try:
        check(result)  # type: ignore[operator]
    except AssertionError as error:
        return False, str(error) or assertion_text()
    except BaseException as error:  # noqa: BLE001 - even a check that exits has failed
        return False, f"{type(error).__name__}: {error} ({where()})"
    return True, ""


def assertion_text() -> str:
    frame = traceback.extract_tb(sys.exc_info()[2])[-1]
    return f"failed: {frame.line}"


def where() -> str:
    frame = traceback.extract_tb(sys.exc_info()[2])[-1]
    return f"in {Path(frame.filename).name}, line {frame.lineno}: {frame.line}"


def main() -> None:
    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    data = heard()
    told = json.loads(data)
    token = hashlib.sha256(data).hexdigest()
    channel = report_channel()
    Result.changed = told["changed"]
    result = Result(told["stdout"], told["stderr"], 0, WORKSPACE)
    checks = vars(load(told["program"]))
    for name in told["names"]:
        if not inspect.isfunction(checks.get(name)):
            continue
        passed, message = call(checks[name], result)
        verdict = {"token": token, "name": name, "passed": passed, "message": message[:2000]}
        os.write(channel, json.dumps(verdict).encode() + b"\n")
    os._exit(0)  # nothing that a check left to be done at the end has a say any more


main()
