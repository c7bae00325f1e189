"""What the language of a fenced block says about the file it could be."""

from __future__ import annotations

_SHELL = frozenset({"bash", "sh", "shell", "zsh", "fish", "console", "terminal", "powershell", "ps1", "cmd"})
_TALK = frozenset({"console", "terminal", "output", "stdout", "stderr", "log", "tree", "traceback"})
"""Languages of blocks that show what was typed or printed: never a file."""
_PLAIN = frozenset({"", "text", "txt", "plaintext", "plain"})
_PATCH = frozenset({"diff", "patch", "udiff"})

_EXTENSIONS: dict[str, frozenset[str]] = {
    language: frozenset(extensions.split())
    for languages, extensions in {
        "python py python3": "py pyi pyw",
        "javascript js jsx node mjs": "js jsx mjs cjs",
        "typescript ts tsx": "ts tsx mts cts",
        "json json5 jsonc": "json jsonc json5 webmanifest",
        "yaml yml": "yaml yml",
        "toml": "toml lock",
        "html": "html htm jinja j2 vue svelte",
        "css scss sass less": "css scss sass less",
        "markdown md mdx": "md mdx markdown",
        "sql": "sql",
        "rust rs": "rs",
        "go golang": "go mod sum",
        "java": "java",
        "kotlin": "kt kts",
        "ruby rb": "rb",
        "php": "php",
        "c cpp c++ h": "c h cc cpp cxx hpp hh ino",
        "csharp cs c#": "cs",
        "bash sh shell zsh fish": "sh bash zsh fish env",
        "powershell ps1": "ps1 psm1",
        "bat batch cmd": "bat cmd",
        "xml svg": "xml svg",
        "ini cfg conf": "ini cfg conf env properties",
        "csv": "csv tsv",
    }.items()
    for language in languages.split()
}
_MORE_EXTENSIONS = (
    "txt log env example sample rst tex r lua pl swift scala dart ex exs hs tf proto graphql prisma "
    "diff patch gradle cmake zig nim ml mli clj cljs erl jl sol ipynb astro bib tpl hbs ejs styl mk"
)
KNOWN_EXTENSIONS = frozenset().union(*_EXTENSIONS.values()) | frozenset(_MORE_EXTENSIONS.split())


def extension(path: str) -> str:
    """What follows the last dot of the name, in lower case; empty for `Makefile` and `.gitignore`."""
    stem, dot, last = path.rsplit("/", 1)[-1].rpartition(".")
    return last.lower() if dot and stem else ""


def is_language(word: str) -> bool:
    """Whether it is the known name of a language, as a fence bears it."""
    return word.lower() in _EXTENSIONS or word.lower() in _SHELL | _TALK | _PLAIN | _PATCH


def is_patch(language: str) -> bool:
    return language in _PATCH


def is_talk(language: str) -> bool:
    return language in _TALK


def is_plain(language: str) -> bool:
    return language in _PLAIN


def fits(language: str, path: str) -> bool:
    """Whether a block of that language may be the file, when only a loose mention names it."""
    ending = extension(path)
    if language in _SHELL:
        return not ending or ending in _EXTENSIONS.get(language, frozenset())
    known = _EXTENSIONS.get(language)
    return known is None or ending not in KNOWN_EXTENSIONS or ending in known


def is_surely(language: str, path: str) -> bool:
    """Whether the language is the one of the file's extension."""
    return extension(path) in _EXTENSIONS.get(language, frozenset())
