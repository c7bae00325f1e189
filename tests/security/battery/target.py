"""Everything on this machine that attacks go for: canaries of one test, made and removed by it."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.security.battery.canaries import files_of, handle_of, make_home, terminal
from tests.security.battery.kernel_objects import keys, queue, system_v
from tests.security.battery.tellers import mail, tellers
from tests.security.battery.victim import Victim, victim
from tests.security.battery.watch import Watch


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    token: str
    """The secret: whoever prints it has read what it must not."""
    word: str
    """What an attack says that did something which leaves no trace."""
    shown: Path
    """A folder that sandboxes show read-only."""
    known: Mapping[str, object]
    """What an attacker could know, by the name it has in the programs."""
    victim: Victim
    watch: Watch

    def is_harmed(self) -> bool:
        return not self.victim.answers() or self.watch.has_changed()


@contextmanager
def target(root: Path) -> Iterator[Target]:
    """A target in the folder `root`, which is the parent of the workspace."""
    token, word = secrets.token_hex(16), secrets.token_hex(16)
    home = make_home(root, token)
    with ExitStack() as made:
        shared = made.enter_context(_file(Path("/dev/shm"), token))
        temporary = made.enter_context(_file(Path("/tmp"), token))
        person = made.enter_context(victim(home, token))
        screen = made.enter_context(terminal())
        letters = made.enter_context(mail())
        objects = made.enter_context(system_v(token))
        known = {
            "HOME": str(home),
            "CANARY": str(home / "canary"),
            "HANDLE": handle_of(home / "canary"),
            "SHARED": str(shared),
            "TEMPORARY": str(temporary),
            "TERMINAL": screen.name,
            "MULTICAST": letters.multicast,
            "BROADCAST": letters.broadcast,
            "QUEUE": made.enter_context(queue(token)),
            **person.known,
            **objects.known,
            **made.enter_context(keys(token)),
            **made.enter_context(tellers(token, home)),
        }
        watch = Watch(
            {
                "files": lambda: files_of(root, skip="workspace"),
                "names": lambda: sorted(entry.name for entry in root.iterdir()),
                "shared": lambda: files_of(shared),
                "temporary": lambda: files_of(temporary),
                "victim": person.state,
                "terminal": screen.arrived,
                "mail": letters.arrived,
                "objects": objects.state,
            }
        )
        yield Target(token=token, word=word, shown=root / "shown", known=known, victim=person, watch=watch)


@contextmanager
def _file(folder: Path, token: str) -> Iterator[Path]:
    handle, name = tempfile.mkstemp(prefix="archon-canary-", dir=folder)
    os.write(handle, token.encode())
    os.fchmod(handle, 0o666)
    os.close(handle)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)
