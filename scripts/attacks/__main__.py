"""Makes every attack and runs armlint on it: a table of time, peak memory and diagnostic for each.

    python3 scripts/attacks ARMLINT [--only TEXT] [--seconds 1] [--megabytes 256] [--address-space 2000] [--failing] [--keep DIR]
                            [--jobs 1]

The limits hold for inputs of up to 1 MB; a larger input (a file takes at least a block of a disk) has them in proportion. Seconds are the smaller of wall clock and processor time,
so that a busy machine accuses nobody; a run that takes ten times its limit is stopped, and the attack's other runs are left out. Each run has an address space of so many MB and
its own folder. Prints a Markdown table with a row per attack (the worst of its commands and formats); exit status 1 if one
crashes, is too slow or too large, writes too much, loses the healthy file beside it, has no diagnostic with a place where one is due, or
prints what must not be printed.
"""

import argparse
import itertools
import json
import multiprocessing
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

import checking
import files
import hiding
import memory
import recursion
import size
from attack import MIB, WITNESS, WITNESS_RULE

KINDS = {"recursion": recursion, "checking": checking, "memory": memory, "size": size, "files": files, "secrets": hiding}
OUTPUT_AT_MOST = 32 * MIB
BLOCK = 4096  # bytes that the smallest file takes on a disk


class Run:
    """One process that has ended."""

    def __init__(self, arguments, seconds, peak, status, out, err):
        self.arguments, self.seconds, self.peak, self.status, self.out, self.err = (
            arguments,
            seconds,
            peak,
            status,
            out,
            err,
        )

    @property
    def label(self):
        return self.arguments[-1] if self.arguments[0] == "scan" else " ".join(self.arguments[:1] + self.arguments[2:])


def run(binary, arguments, folder, address_space, patience):
    def limits():
        resource.setrlimit(resource.RLIMIT_AS, (address_space * MIB, address_space * MIB))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        start = time.monotonic()
        process = subprocess.Popen(
            [binary, *arguments],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            preexec_fn=limits,
            start_new_session=True,
            env={**os.environ, "NO_COLOR": "1"},
        )
        stop = threading.Timer(patience, lambda: os.killpg(process.pid, signal.SIGKILL))
        stop.start()
        _, status, usage = os.wait4(process.pid, 0)
        stop.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.monotonic() - start
        out.seek(0)
        err.seek(0)
        seconds = wall if wall >= patience else min(wall, usage.ru_utime + usage.ru_stime)
        return Run(arguments, seconds, usage.ru_maxrss / 1024, process.returncode, out.read(), err.read())


def first_diagnostic(report):
    """Its code and place, or nothing."""
    found = report.get("diagnostics") or []
    # What has a line comes first; an attack may also bring diagnostics about the run as a whole.
    placed = [d for d in found if (d.get("location") or {}).get("file")]
    for d in placed[:1]:
        place = d["location"]
        return (
            f"{d['level']} {d['code']} {place['file']}" + (f":{place['startLine']}" if "startLine" in place else ""),
            True,
        )
    return (f"{found[0]['level']} {found[0]['code']}" if found else ""), False


def judge(attack, runs, size, options):
    """What is wrong, in words, and the first diagnostic."""
    scale = max(1.0, size / MIB, len(attack.files) * BLOCK / MIB)
    wrong, diagnostic, placed = [], "", False
    for one in runs:

        def say(text):
            wrong.append(f"{one.label}: {text}")

        if one.status not in attack.exits and not (one.arguments[0] == "expand" and one.status in (0, 2, 3)):
            said = one.err.decode(errors="replace").strip().splitlines()
            say(f"exit {one.status}" + (f" ({said[-1][:80]})" if said and (one.status < 0 or one.status > 100) else ""))
        if b"panicked" in one.err:
            say("panicked")
        if one.seconds > options.seconds * scale:
            say(f"{one.seconds:.1f} s")
        if one.peak > options.megabytes * scale:
            say(f"{one.peak:.0f} MB")
        if len(one.out) > OUTPUT_AT_MOST * scale:
            say(f"prints {len(one.out) / MIB:.0f} MB")
        for text in attack.never:
            if text.encode() in one.out or text.encode() in one.err:
                say(f"prints {text!r}")
        if "json" not in one.arguments and one.arguments[0] != "expand":
            continue
        try:
            report = json.loads(one.out or b"{}")
        except ValueError:
            say("is no JSON")
            continue
        if not placed:
            diagnostic, placed = first_diagnostic(report)
        if any(d.get("code") == "internal" for d in report.get("diagnostics") or []):
            say("internal diagnostic")
        if one.arguments[0] == "scan" and one.status != 2:
            found = [
                r for r in report.get("results") or [] if r["rule"] == WITNESS_RULE and r["resource"]["name"] == WITNESS
            ]
            if attack.witness and not found:
                say("the healthy file is lost")
            for text in attack.always:
                if text.encode() not in json.dumps(report.get("results"), ensure_ascii=False).encode():
                    say(f"no result with {text}")
    if 2 in [r.status for r in runs if r.arguments[0] == "scan"] and not diagnostic:
        refused = next(r for r in runs if r.status == 2)
        diagnostic = refused.err.decode(errors="replace").strip().splitlines()[0][:100] if refused.err else ""
    if attack.due and not placed:
        wrong.append("no diagnostic with a place")
    return wrong, diagnostic


def row(*cells):
    """A row of a Markdown table; control characters are escaped."""
    return "| " + " | ".join(ascii(c)[1:-1].replace("|", "\\|") for c in cells) + " |"


def tried(kind, attack, number, options):
    """The cells of the row of an attack, the last of which says what is wrong."""
    with tempfile.TemporaryDirectory(prefix="armlint-attack-") as above:
        folder = pathlib.Path(options.keep or above, f"{number:03}-{kind}", "repository")
        folder.mkdir(parents=True)
        length = attack.write(folder)
        runs = []
        for arguments in attack.runs():
            patience = 10 * options.seconds * max(1.0, length / MIB)
            runs.append(run(options.binary, arguments, folder, options.address_space, patience))
            if runs[-1].status == -signal.SIGKILL:
                break
        wrong, diagnostic = judge(attack, runs, length, options)
    seconds = f"{max(r.seconds for r in runs):.2f}"
    peak = f"{max(r.peak for r in runs):.0f}"
    statuses = " ".join(str(s) for s in sorted({r.status for r in runs}))
    return kind, attack.name, f"{length:,}", seconds, peak, statuses, diagnostic, "; ".join(wrong)


def share(options, own):
    """The rows of every so many attacks, each with its number. An attack is made when it is due: all of them fill the memory."""
    wanted = (
        (kind, attack)
        for kind, module in KINDS.items()
        for attack in module.attacks()
        if options.only in f"{kind}: {attack.name}"
    )
    for number, (kind, attack) in enumerate(wanted, 1):
        if number % options.jobs == own:
            yield number, tried(kind, attack, number, options)


def all_of_share(given):
    return list(share(*given))


def rows(options):
    if options.jobs == 1:
        return share(options, 0)
    with multiprocessing.Pool(options.jobs) as pool:
        return sorted(itertools.chain(*pool.map(all_of_share, [(options, own) for own in range(options.jobs)])))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("armlint")
    parser.add_argument("--only", default="", help="attacks whose kind or name holds this text")
    parser.add_argument("--seconds", type=float, default=1)
    parser.add_argument("--megabytes", type=float, default=256)
    parser.add_argument("--address-space", type=int, default=2000, help="MB")
    parser.add_argument("--failing", action="store_true", help="print only what fails")
    parser.add_argument("--keep", help="leave the attacks' folders here")
    parser.add_argument("--jobs", type=int, default=1, help="attacks at once; with more than one, the table comes at the end")
    options = parser.parse_args()
    options.binary = os.path.abspath(shutil.which(options.armlint) or options.armlint)
    print(row("kind", "attack", "bytes", "seconds", "peak MB", "exit", "first diagnostic", "wrong"))
    print(row("---", "---", "---:", "---:", "---:", "---:", "---", "---"))
    count = failed = 0
    for _, cells in rows(options):
        count += 1
        failed += bool(cells[-1])
        if cells[-1] or not options.failing:
            print(row(*cells), flush=True)
    print(f"\n{count - failed} of {count} attacks hold")
    return 1 if failed or not count else 0


if __name__ == "__main__":
    sys.exit(main())
