"""The tools that people build software with must work inside, without a network."""

from __future__ import annotations

import shutil

import pytest

from archon.domain.execution import Command
from archon.ports.sandbox import Sandbox
from archon.testing.sandbox_contract import shell

TOOLS = {
    "bash": ("f() { local a=(1 2 3); echo ${#a[@]}; }; f; set -m; sleep 9 & kill %1; wait; echo on", "3\non"),
    "perl": ("echo 'a b' | perl -lane 'print scalar @F'", "2"),
    "node": (
        "echo 'setTimeout(() => console.log([1, 2].map(n => n * 2).join()), 1)' > a.js; node a.js",
        "2,4",
    ),
    "npm": ("npm init -y > /dev/null; npm pkg set scripts.hello='echo hello'; npm run -s hello", "hello"),
    "make": ("printf 'all: a b\n%%:\n\t@echo $@\n.PHONY: all\n' > Makefile; make -j2 | sort", "a\nb"),
    "sqlite3": ("sqlite3 x.db 'create table t (a); insert into t values (1); select * from t'", "1"),
    "zip": ("echo text > f; zip -q f.zip f; rm f; python -m zipfile -e f.zip .; cat f", "text"),
    "ps": ("ps -e -o comm= | grep -c '^ps$'", "1"),
    "openssl": ("printf text | openssl dgst -sha256 | grep -o 982d9e3eb9", "982d9e3eb9"),
}
PROJECT = {
    "shapes/__init__.py": "def area(side):\n    return side * side\n",
    "tests/test_shapes.py": (
        "import pytest\nfrom shapes import area\n\n@pytest.mark.parametrize('side', range(5))\n"
        "def test_area(side, tmp_path):\n"
        "    (tmp_path / 'x').write_text('y')\n    assert area(side) == side ** 2\n"
    ),
}
THREADS_IN_C = """
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
static atomic_int sum;
static void *add(void *number) { sum += *(int *) number; return 0; }
int main(void) {
    pthread_t threads[8]; int numbers[8];
    for (int n = 0; n < 8; n++) { numbers[n] = n; pthread_create(threads + n, 0, add, numbers + n); }
    for (int n = 0; n < 8; n++) pthread_join(threads[n], 0);
    printf("%d\\n", sum);
    return 3;
}
"""


def there_is(program: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"there is no {program} on this machine")


@pytest.mark.parametrize(
    ("tool", "script", "expected"),
    [pytest.param(tool, *case, id=tool, marks=there_is(tool)) for tool, case in TOOLS.items()],
)
async def test_a_tool_works(sandbox: Sandbox, tool: str, script: str, expected: str) -> None:
    shell_of_choice = "/bin/bash" if tool == "bash" else "sh"
    result = await sandbox.exec(Command(argv=(shell_of_choice, "-c", script)))
    assert result.stdout.decode().strip() == expected, result.stderr


async def test_tests_of_a_project(sandbox: Sandbox) -> None:
    for name, text in PROJECT.items():
        await sandbox.write(name, text.encode())
    if (await shell(sandbox, "python -c 'import pytest'")).exit_code != 0:
        pytest.skip("this Python has no pytest")
    result = await shell(sandbox, "python -m pytest -q -p no:cacheprovider")
    assert (result.exit_code, b"5 passed" in result.stdout) == (0, True)


async def test_a_virtual_environment_without_a_network(sandbox: Sandbox) -> None:
    script = (
        "python -m venv --without-pip env && . env/bin/activate && "
        "python -c 'import sys; print(sys.prefix != sys.base_prefix, sys.prefix)'"
    )
    result = await shell(sandbox, script)
    assert (result.exit_code, result.stdout) == (0, b"True /workspace/env\n"), result.stderr


async def test_pip_installs_what_lies_in_the_workspace(sandbox: Sandbox) -> None:
    if (await shell(sandbox, "python -c 'import ensurepip, pip'")).exit_code != 0:
        pytest.skip("this Python has no pip")
    await sandbox.write("wheel/shapes/__init__.py", b"def area(side):\n    return side * side\n")
    await sandbox.write(
        "wheel/shapes-1.dist-info/METADATA", b"Metadata-Version: 2.1\nName: shapes\nVersion: 1\n"
    )
    await sandbox.write(
        "wheel/shapes-1.dist-info/WHEEL",
        b"Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    )
    await sandbox.write("wheel/shapes-1.dist-info/RECORD", b"")
    script = (
        "cd wheel && python -m zipfile -c ../shapes-1-py3-none-any.whl shapes shapes-1.dist-info && cd .. && "
        "python -m venv env && "
        "env/bin/pip install -q --no-index --disable-pip-version-check ./shapes-1*.whl && "
        "env/bin/python -c 'import shapes; print(shapes.area(3))'"
    )
    result = await shell(sandbox, script)
    assert (result.exit_code, result.stdout) == (0, b"9\n"), result.stderr


@there_is("git")
async def test_git(sandbox: Sandbox) -> None:
    script = (
        "git init -q . && git config user.name me && git config user.email me@example.org && echo x > f "
        "&& git add f && git commit -qm 'Say x' && git log --format=%s && git status --short "
        "&& git clone -q . clone && git -C clone switch -qc other && echo y >> clone/f "
        "&& git -C clone -c user.name=me -c user.email=me@example.org commit -qam 'Say y' "
        "&& git pull -q clone other && git gc -q && git fsck --strict && cat f"
    )
    result = await shell(sandbox, script)
    assert (result.exit_code, result.stdout) == (0, b"Say x\nx\ny\n"), result.stderr


@there_is("gcc")
async def test_a_compiler(sandbox: Sandbox) -> None:
    await sandbox.write("main.c", b'#include <stdio.h>\nint main(void) { puts("compiled"); return 3; }\n')
    result = await shell(sandbox, "gcc -O1 -o main main.c && ./main")
    assert (result.exit_code, result.stdout) == (3, b"compiled\n")


@there_is("gcc")
async def test_a_compiled_program_with_threads(sandbox: Sandbox) -> None:
    await sandbox.write("main.c", THREADS_IN_C.encode())
    result = await shell(sandbox, "gcc -O1 -pthread -o main main.c && ./main")
    assert (result.exit_code, result.stdout) == (3, b"28\n"), result.stderr
