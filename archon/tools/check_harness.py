"""Runs inside the sandbox: calls each check of `checks.py` and reports what came of it.

Standard library only, for it is read as text and shipped into the sandbox. It expects its folder to
hold checks.py, stdout, stderr and made.json (the files that the program made), and the program's
folder at /workspace. It prints one JSON object per check to the real standard output; what the checks
and the programs they start print goes to standard error.
"""

import inspect
import json
import os
import shutil
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

HERE = Path(__file__).resolve().parent
WORKSPACE = Path(os.environ.get("ARCHON_CHECKED_WORKSPACE", "/workspace"))
ONE_RUN_SECONDS = 20


class Ran:
    """What one more run of the program gave."""

    def __init__(self, stdout: str, stderr: str, exit_code: int, workspace: Path) -> None:
        self.stdout, self.stderr, self.exit_code, self.workspace = stdout, stderr, exit_code, workspace


class Result(Ran):
    """What the program's run gave, and the means to run it again on other input."""

    def run(self, *arguments: object, stdin: str = "", files: "dict[str, str] | None" = None) -> Ran:
        copy = Path(tempfile.mkdtemp()) / "workspace"
        shutil.copytree(self.workspace, copy, symlinks=True)
        for name in json.loads((HERE / "made.json").read_text()):
            (copy / name).unlink(missing_ok=True)
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


def report_channel() -> int:
    """The real standard output, out of reach of children; standard output becomes standard error."""
    channel = os.dup(1)
    os.set_inheritable(channel, False)
    os.dup2(2, 1)
    return channel


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
    channel = report_channel()
    sys.path.insert(0, str(HERE))
    texts = {name: (HERE / name).read_bytes().decode("utf-8", "replace") for name in ("stdout", "stderr")}
    result = Result(texts["stdout"], texts["stderr"], 0, WORKSPACE)
    only = sys.argv[1:]
    import checks  # type: ignore[import-not-found]

    functions = [f for name, f in vars(checks).items() if name.startswith("check_") and inspect.isfunction(f)]
    for function in functions:
        if only and function.__name__ not in only:
            continue
        passed, message = call(function, result)
        line = json.dumps({"name": function.__name__, "passed": passed, "message": message[:2000]})
        os.write(channel, line.encode() + b"\n")


main()
