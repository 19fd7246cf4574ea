"""A program run under the library, held against the expectation in its source's first comment.

An expectation is made of lines `KEY: VALUE`. A source that is built in variants (a sample: faulty and fixed; a shape of
tests/kinds: the kinds of locks) has KEY-VARIANT where a line is for that one alone.

  expect: KIND SEVERITY [certain|likely|REASON] [threads=N] [locks=NAME,NAME]   one line a finding; `none` for none;
                        a lock without a name goes by its kind. Findings that no line expects are a failure.
  exit: 0|hang          status that it must end with by itself (-6: by SIGABRT), or that it must not end, and is killed
                        at its limit. Default: a program with a deadlock expected hangs, any other ends with 0.
  args: --rounds 3      env: NAME=VALUE ...      limit: seconds (2 where it must hang, 4 if that is likely, else 20;
                        the library looks again after 4, 16, 66, 366 and 1366 ms)
                        What must hang is given until it has said what it must, too; half a minute at most. All of
                        these are multiplied by what LOCKWATCH_TESTS_SLOW says, on an emulated machine for example.
  stdout-same: yes|no   output and status are those of a run without the library (yes, with `expect: none`)
  stderr-has: TEXT      stands in the live report      report-has: TEXT      in the report after it ended
  kinds: mutex c11      the kinds of locks, in tests/kinds, that the shape is built for
  where: EXPRESSION     Python over `glibc`, `gcc` and `python`, pairs of numbers, and `machine`, as uname names it; it
                        is tried where that is true
  json: EXPRESSION      Python over `f`, the first finding, and `doc`, the whole report; must be true
"""
import functools
import glob
import json
import os
import platform
import re
import shlex
import signal
import subprocess
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.path.join(ROOT, "build")
KEYS = {"expect", "exit", "args", "env", "limit", "stdout-same", "stderr-has", "report-has", "json", "kinds", "where"}

@functools.cache
def here():
    """The versions that a program may ask for."""
    said = {"glibc": ["ldd", "--version"], "gcc": ["gcc", "-dumpfullversion"], "python": ["/usr/bin/python3", "-V"]}
    numbers = {name: re.search(r"(\d+)\.(\d+)", subprocess.check_output(command, text=True))
               for name, command in said.items()}
    versions = {name: tuple(map(int, found.groups())) if found else (0, 0) for name, found in numbers.items()}
    return {**versions, "machine": platform.machine()}


def schema():
    """Of JSON reports; null where nothing can check it, which a test says (tests/scripts/formats)."""
    try:
        import jsonschema
    except ImportError:
        return None
    with open(ROOT + "/docs/report.schema.json", encoding="utf-8") as file:
        text = json.load(file)
    # Before version 4 it knows only an older draft, which is the same as far as it goes, and no $id but addresses.
    if not hasattr(jsonschema, "Draft202012Validator"):
        return jsonschema.Draft7Validator({key: value for key, value in text.items() if key != "$id"})
    return jsonschema.Draft202012Validator(text)


SCHEMA = schema()


def misshapen(doc):
    """What in a report is not as docs/report.schema.json says, or None."""
    wrong = next(SCHEMA.iter_errors(doc), None) if SCHEMA else None
    return wrong and f"{'/'.join(map(str, wrong.absolute_path)) or 'the report'}: {wrong.message[:300]}"


def expectation(source, variant):
    """The keys of the comment that `source` opens with, each with the list of its values."""
    found = {}
    for line in open(source, encoding="utf-8"):
        comment = re.match(r"\s*(?://|/?\*|#)\s*(.*)", line)
        if not comment:
            break
        said = re.match(r"([a-z0-9_-]+): (.*?)\s*(?:\*/)?$", comment[1])
        key = said and said[1].removesuffix(f"-{variant}")
        if key in KEYS:
            found.setdefault(key, []).append(said[2])
        elif said and not variant:
            raise ValueError(f"{source}: no such key: {said[1]}")
    if "expect" not in found:
        raise ValueError(f"{source} has no line `expect{f'-{variant}' if variant else ''}:`")
    return found


def lock_names(finding):
    """Of the locks that the threads wait for; what else they hold is in the finding as well."""
    wanted = {thread["waits"]["lock"] for thread in finding["threads"] if thread["waits"]}
    return {lock["name"] or lock["kind"] for lock in finding["locks"] if lock["id"] in wanted}


def brief(finding):
    words = [finding[key] for key in ("kind", "severity", "confidence", "reason") if finding[key]]
    return f"{' '.join(words)} threads={len(finding['threads'])} locks={','.join(sorted(lock_names(finding)))}"


def meets(finding, wish):
    """Whether a finding is the one that an `expect` line describes."""
    kind, severity, *words = wish.split()
    if (kind, severity) != (finding["kind"], finding["severity"]):
        return False
    for word in words:
        key, _, value = word.partition("=")
        if key == "threads":
            met = int(value) == len(finding["threads"])
        elif key == "locks":
            met = set(value.split(",")) == lock_names(finding)
        else:
            met = word in (finding["confidence"], finding["reason"])
        if not met:
            return False
    return True


# How many times as long as elsewhere everything may take.
SLOW = float(os.environ.get("LOCKWATCH_TESTS_SLOW", "1"))


def until(holds, limit=30):
    """Whether a condition comes to hold within some seconds."""
    last = time.monotonic() + limit * SLOW
    while not (held := holds()) and time.monotonic() < last:
        time.sleep(0.02)
    return held


def wait_for(process, file, texts):
    """Until all of them stand in a file, or the process has ended, or it makes no sense to wait any more."""
    last = time.monotonic() + 30 * SLOW
    while process.poll() is None and time.monotonic() < last:
        with open(file, encoding="utf-8", errors="replace") as said:
            text = said.read()
        if all(says(text, wanted) for wanted in texts):
            return
        time.sleep(0.05)


def run(command, limit, folder, env, due=()):
    """Status (None: killed at the limit, or once `due` stands on stderr), pid, output and errors of a program, run in a
    process group of its own."""
    with open(folder + "/out", "w+b") as out, open(folder + "/err", "w+b") as err:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd=ROOT,
                                   env={**os.environ, **env}, start_new_session=True)
        try:
            status = process.wait(limit * SLOW)
        except subprocess.TimeoutExpired:
            wait_for(process, folder + "/err", due)  # on a busy machine the report takes longer
            status = process.poll()
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()
        texts = []
        for stream in out, err:
            stream.seek(0)
            texts.append(stream.read().decode(errors="replace"))
        return status, process.pid, *texts


def report(record, form):
    ended = subprocess.run([BUILD + "/lockwatch", "report", "--format=" + form, record], timeout=60,
                           capture_output=True, text=True, errors="replace")
    return ended.returncode, ended.stdout, ended.stderr


def wrong_run(want, command, env, folder, library):
    """Runs the program with the library; yields what went otherwise than expected."""
    deadlock = any(wish.startswith("deadlock ") for wish in want["expect"])
    due = want.get("exit", ["hang" if deadlock else "0"])[0]
    hangs = due == "hang"
    limit = float(want.get("limit", [20 if not hangs else 4 if any("likely" in e for e in want["expect"]) else 2])[0])
    options = f"dir={folder}/records:keep=always:{env.get('LOCKWATCH_OPTIONS', '')}".rstrip(":")
    preload = {"LD_PRELOAD": library, "LOCKWATCH_OPTIONS": options}
    # A deadlock is reported as it forms, a warning at a clean end, and a note by nobody who was not asked.
    warned = any(wish.split()[1:2] == ["warning"] for wish in want["expect"]) and due != "hang" and int(due) >= 0
    reported = want.get("stderr-has", []) + ["lockwatch:"] * ((deadlock or warned) and "log=" not in options)
    status, _, out, err = run(command, limit, folder, {**env, **preload}, reported if hangs else ())

    end = f"ended with {status}" if status is not None else f"still ran after {limit * SLOW:.0f} s"
    if status != (None if hangs else int(due)):
        yield f"{end}{', though it should hang' * hangs}; stderr:\n{err}"
    for text in reported:
        if not says(err, text):
            yield f"stderr lacks {text!r}:\n{err}"
    if not deadlock and not warned and re.search("^lockwatch:", err, re.M):
        yield f"said on stderr:\n{err}"
    if "ld.so: object" in err:
        yield f"the library was not loaded: {err}"
    if want.get("stdout-same", ["yes" if want["expect"] == ["none"] else "no"]) == ["yes"]:
        plain_status, _, plain_out, _ = run(command, limit, folder, env)
        if (plain_status, plain_out) != (status, out):
            yield f"alone it ended with {plain_status} and wrote:\n{plain_out}\nwatched it {end} and wrote:\n{out}"


def says(text, words):
    """Whether words stand in a text, wherever its lines end."""
    return " ".join(words.split()) in " ".join(text.split())


def wrong_report(want, record, docs):
    """Reads one record and appends its report to docs; yields what is not right with it."""
    status, text, errors = report(record, "json")
    try:
        doc = json.loads(text)
    except ValueError as error:
        yield f"`report --format=json` exited {status}: {error}: {errors}{text}"
        return
    if lacking := misshapen(doc):
        yield f"JSON: {lacking}:\n{text}"
        return
    docs.append(doc)
    plain_status, plain, plain_errors = report(record, "text")
    due = int(any(finding["severity"] != "note" for finding in doc["findings"]))
    if (status, plain_status) != (due, due):
        yield f"`report` exited {status}, as text {plain_status}, and not {due}: {errors}{plain_errors}"
    for words in want.get("report-has", []):
        if not says(plain, words) and len(docs) == 1:
            yield f"the report lacks {words!r}:\n{plain}"


def wrong_findings(want, docs):
    """Yields the findings that are expected and missing, or there and not expected."""
    findings = [finding for doc in docs for finding in doc["findings"]]
    left = list(findings)
    for wish in sorted(want["expect"], key=lambda wish: -len(wish.split())):
        match = next((finding for finding in left if wish != "none" and meets(finding, wish)), None)
        if match:
            left.remove(match)
        elif wish != "none":
            yield f"expected and not found: {wish}"
    for finding in left:
        yield f"found and not expected: {brief(finding)}: {finding['message']}"
    for expression in want.get("json", []):
        try:
            true = eval(expression, {"f": findings[0] if findings else None, "doc": docs[0] if docs else None})
            why = "" if true else "not true"
        except Exception as error:
            why = repr(error)
        if why:
            yield f"{why}: {expression}\n{json.dumps(findings, indent=1)}"


def watched(program, source, variant=None, library=BUILD + "/liblockwatch.so"):
    """Yields whatever is not as the source of a program expects."""
    want = expectation(source, variant)
    command = [program, *shlex.split(" ".join(want.get("args", [])))]
    if program == source:  # a script
        command.append(variant)
    env = dict(word.split("=", 1) for word in shlex.split(" ".join(want.get("env", []))))
    with tempfile.TemporaryDirectory() as folder:
        yield from wrong_run(want, command, env, folder, library)
        # A program that forked left a record a process, the parent's with the lowest pid; a clean one perhaps none.
        records = glob.glob(folder + "/records/*.lockwatch")
        docs = []
        for record in sorted(records, key=lambda name: int(re.search(r"\.(\d+)(\.\d+)?\.lockwatch$", name)[1])):
            yield from wrong_report(want, record, docs)
        yield from wrong_findings(want, docs)
