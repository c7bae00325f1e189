"""Clean edits of small files, and what models do to such requests before they arrive."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random

PYTHON = '''import json


class Ledger:
    """Keeps what was paid."""

    def __init__(self, owner: str) -> None:
        self.owner = owner
        self.entries: list[tuple[str, int]] = []

    def pay(self, name: str, amount: int) -> None:
        if amount <= 0:
            raise ValueError("amount must be positive")
        self.entries.append((name, amount))

    def total(self) -> int:
        return sum(amount for _, amount in self.entries)


def write(ledger: Ledger, path: str) -> None:
    with open(path, "w") as file:
        json.dump({"owner": ledger.owner, "entries": ledger.entries}, file)
'''
SCRIPT = """import { load } from "./load";

export function Table({ rows, wide = false }: Props) {
  const [open, setOpen] = useState<number | null>(null);

  useEffect(() => {
    load(rows)
      .then(setOpen)
      .catch((error) => report(error.message));
  }, [rows]);

  return (
    <table className={wide ? "wide" : "narrow"}>
      {rows.map((row) => (
        <tr key={row.id}>
          <td>{row.name}</td>
        </tr>
      ))}
    </table>
  );
}
"""
SERVICES = """services:
  web:
    build: .
    command: serve --port 8000
    environment:
      STORE: files
    depends_on:
      - store
  store:
    image: store:16
    volumes:
      - data:/var/lib/store
"""
MAKE = """all: build
\t@echo done

build:
\tcc -o shop main.c
\tif [ -f extra ]; then \\
\t\t./extra; \\
\tfi
"""
GUIDE = (
    '# Guide\n\nIt\'s small, "simple" and quick.\n\n## Start\n\n- make\n  - wait\n- run\n\n## End\n\nDone.\n'
)
FILES = {
    "ledger.py": PYTHON,
    "tabs.py": PYTHON.replace("    ", "\t"),
    "table.tsx": SCRIPT,
    "services.yml": SERVICES,
    "Makefile": MAKE,
    "guide.md": GUIDE,
}


@dataclass(frozen=True, slots=True)
class Edit:
    """A request against a file, and the file that is right after it."""

    path: str
    before: str
    old: str
    new: str
    after: str
    line: int
    """The 1-based line where `old` stands."""


def indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def clean_edit(random: Random) -> Edit | None:
    """An edit whose old text are whole lines that stand once; None where the draw gave none."""
    path = random.choice(sorted(FILES))
    lines = FILES[path].splitlines(keepends=True)
    size = random.choice([1, 1, 2, 3, 4, 6])
    start = random.randrange(max(len(lines) - size, 1))
    old = lines[start : start + size]
    if not old[0].strip() or not old[-1].strip() or not re.search(r"\w", "".join(old)):
        return None
    new = _changed(random, old)
    if new == old or FILES[path].count("".join(old)) != 1:
        return None
    after = "".join([*lines[:start], *new, *lines[start + size :]])
    return Edit(path, FILES[path], "".join(old), "".join(new), after, start + 1)


def _changed(random: Random, old: list[str]) -> list[str]:
    new = list(old)
    at = random.choice([number for number, line in enumerate(old) if line.strip()])
    match random.choice(["change", "insert before", "insert after", "delete"]):
        case "change":
            new[at] = re.sub(r"\w+", lambda word: word[0] + "_new", old[at], count=1)
        case "insert before":
            new.insert(at, indent(old[at]) + "inserted\n")
        case "insert after" if not old[at].rstrip().endswith((":", "{", "(", "\\")):
            new.insert(at + 1, indent(old[at]) + "inserted\n")
        case _ if len(old) > 1:
            del new[at]
    return new


Drift = Callable[[Random, Edit], Edit]


def _both(edit: Edit, change: Callable[[str], str]) -> Edit:
    return replace(edit, old=change(edit.old), new=change(edit.new))


def _each_line(text: str, change: Callable[[str], str]) -> str:
    lines = text.splitlines(keepends=True)
    return "".join(change(line) if line.strip() else line for line in lines)


def trailing_blanks(random: Random, edit: Edit) -> Edit:
    return replace(
        edit, old=_each_line(edit.old, lambda line: line.rstrip("\n") + random.choice(["", "  "]) + "\n")
    )


def dedented(_: Random, edit: Edit) -> Edit:
    common = min((indent(line) for line in (edit.old + edit.new).splitlines() if line.strip()), key=len)
    return _both(edit, lambda text: _each_line(text, lambda line: line[len(common) :]))


def deeper(random: Random, edit: Edit) -> Edit:
    by = "\t" if "\t" in edit.before else random.choice(["  ", "    "])
    return _both(edit, lambda text: _each_line(text, lambda line: by + line))


def other_sign(random: Random, edit: Edit) -> Edit:
    """Tabs for blanks, or blanks for tabs."""
    if "\t" in edit.before:
        step = " " * random.choice([2, 4, 8])
        return _both(edit, lambda text: _each_line(text, lambda line: line.replace("\t", step)))
    step = "  " if edit.path in ("table.tsx", "services.yml", "guide.md") else "    "
    return _both(
        edit,
        lambda text: _each_line(
            text, lambda line: "\t" * (len(indent(line)) // len(step)) + line.lstrip(" ")
        ),
    )


def curly(_: Random, edit: Edit) -> Edit:
    return _both(edit, lambda text: re.sub(r'"([^"\n]*)"', r"“\1”", text).replace("'", "’"))


def other_spaces(_: Random, edit: Edit) -> Edit:
    return _both(edit, lambda text: _each_line(text, lambda line: line.replace("  ", "\u00a0 ")))


def listed(random: Random, edit: Edit) -> Edit:
    form = random.choice(["%6d\t%s", "%d|%s", "%d: %s", "%5d→%s"])

    def change(text: str) -> str:
        lines = text.splitlines(keepends=True)
        return "".join(form % (number, line) for number, line in enumerate(lines, start=edit.line))

    return _both(edit, change) if random.random() < 0.5 else replace(edit, old=change(edit.old))


def fenced(random: Random, edit: Edit) -> Edit:
    return _both(edit, lambda text: f"```{random.choice(['', 'text'])}\n{text}```\n")


def escaped(_: Random, edit: Edit) -> Edit:
    return _both(edit, lambda text: text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t"))


def other_ends(_: Random, edit: Edit) -> Edit:
    return _both(edit, lambda text: text.replace("\n", "\r\n"))


def file_ends(_: Random, edit: Edit) -> Edit:
    """The file has the other line ends."""
    return replace(edit, before=edit.before.replace("\n", "\r\n"), after=edit.after.replace("\n", "\r\n"))


def marked_file(_: Random, edit: Edit) -> Edit:
    """The file begins with a byte order mark."""
    return replace(edit, before="\ufeff" + edit.before, after="\ufeff" + edit.after)


BLOCK_DRIFTS: Sequence[Drift] = (trailing_blanks, dedented, deeper, other_sign, curly, other_spaces)
WRAPPINGS: Sequence[Drift] = (listed, fenced, escaped, other_ends, file_ends, marked_file)


def near_miss(random: Random, edit: Edit) -> Edit | None:
    """The edit with one word, number or sign of its old text changed; None if that changed nothing real."""
    found = list(re.finditer(r"[A-Za-z]\w*|\d+|<=|[<>=+*]", edit.old))
    if not found:
        return None
    one = random.choice(found)
    other = {"<=": "<", "<": ">", ">": "<", "=": "==", "+": "-", "*": "/"}.get(one[0])
    if other is None:
        other = (
            str(int(one[0]) + 1)
            if one[0].isdigit()
            else random.choice([one[0] + "s", one[0].swapcase(), "other"])
        )
    old = edit.old[: one.start()] + other + edit.old[one.end() :]
    return None if old == edit.old or old in edit.before else replace(edit, old=old)
