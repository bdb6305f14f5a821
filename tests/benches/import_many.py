#!/usr/bin/env python3
"""What importing many notices costs: `import_many.py PROGRAM MAILS [DATA]`, MAILS made by `many_notices.py COUNT MAILS`.

Runs a dry run, which only reads, then an import into a new store, both printing NDJSON to nowhere, and gives processor time
(user and system) and wall time a mail, how much of the reading rate the import reaches, and the peak of memory. The store is
made below DATA, a folder on the disk that is to be measured (a temporary one unless it is named), and removed.

The bars (issue 4): an import at a third of the reading rate or more, each below 60 MiB at 100,000 notices.
"""

import os
import pathlib
import sys
import tempfile
import time


def run(arguments):
    """Processor and wall seconds, peak of memory in KiB, and lines printed."""
    out, into = os.pipe()
    began = time.monotonic()
    child = os.posix_spawn(
        arguments[0],
        arguments,
        os.environ,
        file_actions=[(os.POSIX_SPAWN_DUP2, into, 1), (os.POSIX_SPAWN_CLOSE, out)],
    )
    os.close(into)
    lines = 0
    while chunk := os.read(out, 1 << 20):
        lines += chunk.count(b"\n")
    os.close(out)
    _, status, used = os.wait4(child, 0)
    wall = time.monotonic() - began
    # 1: something waits in review, as it does among so many.
    if os.waitstatus_to_exitcode(status) not in (0, 1):
        sys.exit(f"{' '.join(arguments)} failed")
    return used.ru_utime + used.ru_stime, used.ru_stime, wall, used.ru_maxrss, lines


def mails(path):
    if path.is_dir():
        return sum(1 for part in ("cur", "new") for _ in (path / part).iterdir())
    with path.open("rb") as mbox:
        return sum(line.startswith(b"From ") for line in mbox)


def main():
    program, path = sys.argv[1], pathlib.Path(sys.argv[2])
    count = mails(path)
    with tempfile.TemporaryDirectory(dir=sys.argv[3] if len(sys.argv) > 3 else None) as data:
        measured = {}
        for name, more in (("dry run", ["--dry-run"]), ("import", [])):
            store = pathlib.Path(data) / "store"
            cpu, system, wall, peak, lines = run([program, "--data", str(store), "import", str(path), "-o", "ndjson", *more])
            measured[name] = cpu, wall
            print(
                f"{name}: {count} mails, {lines} lines; a mail {cpu / count * 1000:.3f} ms of processor"
                f" ({system / count * 1000:.3f} in the system), {wall / count * 1000:.3f} ms of wall time;"
                f" {peak / 1024:.1f} MiB at most",
                flush=True,
            )
        size = sum(file.stat().st_size for file in (pathlib.Path(data) / "store").iterdir())
    (read_cpu, read_wall), (cpu, wall) = measured["dry run"], measured["import"]
    print(f"the import reaches {read_cpu / cpu:.2f} of the reading rate by processor, {read_wall / wall:.2f} by wall time")
    print(f"the store has {size / count:.0f} bytes a mail")


main()
