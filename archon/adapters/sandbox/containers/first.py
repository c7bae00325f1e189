"""The first process of a command's container, where no agent of ours is."""

from __future__ import annotations

_FIRST = """
exec 3<&0 4</dev/null
defaults="/usr/bin/env --default-signal=INT,QUIT"
$defaults true 2>/dev/null || defaults=
(while [ -h /proc/1/fd/4 ]; do :; done; exec $defaults "$@") <&3 3<&- 4<&- &
exec </dev/null >/dev/null 2>&1 3<&-
exec 4<&-
wait $!
exit $?
"""


def first_process() -> list[str]:
    """The beginning of an argv whose rest runs below a shell, which takes in orphans and ends with it.

    Everybody inside is the same user and may look into that shell. So it lets go of the command's input and
    outputs, and the command waits for that: the file 4 is there until they are gone. Shells let what they
    start in the background ignore two signals, which is undone where `env` can.
    """
    return ["/bin/sh", "-c", _FIRST, "sh"]
