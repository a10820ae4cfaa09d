"""Runs what stands in the pages of docs/integrations as somebody would who pastes it, against the demo's models and photos.

    check_snippets.py DATA FIRSTPASS...

DATA       data directory with the demo's models, which is copied
FIRSTPASS  the command; its first words if it has several

Each block of a language that can be run (RUN) is run, page by page from the top, in a folder of the page's own that has the demo's
photos and this repository's folders in it; Python with the packages beside this process, Java on the JDK of the server. Addresses
of the pages' servers are replaced by that of a server which is started here, and nothing else is. A block has to end well and to
print what the next block without a language to run (```text, ```json) says, which may stand behind several: spaces and lines aside,
`...` stands for anything, and a number with a point for one that is no more than 2 % away.

Behind `<!-- with a token -->` stands what is asked of a server that wants one: it is run last, against such a server, with a token of the
scope `prelabel` in the variable FIRSTPASS_TOKEN, and once more without it, which has to fail.

A block that is not run has a line right before its fence that says why, `<!-- not run: WHY -->`, or who runs it,
`<!-- run by FILE -->`: a file of the tests that names the page. `<!-- class path: PATHS -->` is for Java that needs more than the JDK.
"""
import importlib.metadata
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
import time

from running import PAGES, PHOTOS, Running, report

ROOT = PAGES.parents[1]
TESTS = ROOT / "server/src/test"
ADDRESSES = ("127.0.0.1:8080", "127.0.0.1:8090")
LIMIT = 120
RUN = ("sh", "python", "java")
OTHERWISE_CALLED = ("bash", "shell", "console", "py", "js", "javascript")

# Each door has snippets of each language on its page.
DOORS = {
    "integrations/api.md": RUN,
    "openinference.md": RUN,
    "integrations/label-studio.md": RUN,
    "integrations/cvat.md": RUN,
    "integrations/x-anylabeling.md": RUN,
    "integrations/roboflow.md": RUN,
}
NUMBER = re.compile(r"-?\d+\.\d+")
ANY_NUMBER = r"(-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)"


class Block:
    def __init__(self, page, line, language, mark, text):
        self.page, self.line, self.language, self.mark, self.text = page, line, language, mark, text
        self.expected, self.printed_as = None, ""

    def __str__(self):
        return f"{self.page.name}:{self.line} ({self.language})"


def blocks(page):
    """Those to be accounted for, each with what it is to print."""
    found, waiting, fence, mark = [], [], None, ""
    for number, line in enumerate(page.read_text().splitlines(), 1):
        opening = re.fullmatch(r" *```(\w*)", line)
        if fence is not None:
            if line.strip() == "```":
                start, language, body = fence
                text = textwrap.dedent("\n".join(body)) + "\n"
                assert language not in OTHERWISE_CALLED, f"{page.name}:{start}: ```{language} is nothing that is run; it is one of {RUN}"
                if language in RUN:
                    found.append(Block(page, start, language, mark, text))
                    waiting.append(found[-1])
                elif language in ("text", "json"):
                    for block in waiting:
                        block.expected, block.printed_as = text, language
                    waiting = []
                fence, mark = None, ""
            else:
                fence[2].append(line)
        elif opening:
            fence = (number, opening[1], [])
        elif line.startswith("#"):
            waiting, mark = [], ""
        else:
            told = re.fullmatch(r" *<!-- ((?:not run|run by|class path|with a token).*) -->", line)
            mark = told[1] if told else ""
    return found


def require_elsewhere(block):
    """Whether another runs the block, or nobody can: then that is said, and true as far as can be seen."""
    if block.mark.startswith("not run: "):
        return True
    if not block.mark.startswith("run by "):
        return False
    (file,) = list(TESTS.rglob(block.mark.removeprefix("run by ")))
    assert block.page.name in file.read_text(), f"{block}: {file.name} does not know the page"
    return True


def differs(expected, language, printed):
    """What is wrong with what was printed; empty if nothing is. JSON may be broken into lines on the page anywhere."""
    between = "" if language == "json" else " "
    wanted, found = between.join(expected.split()), between.join(printed.split())
    pattern = re.escape(NUMBER.sub("\0", wanted)).replace(r"\.\.\.", ".*?").replace("\0", ANY_NUMBER)
    match = re.fullmatch(pattern, found)
    if not match:
        return "it printed otherwise"
    for mine, its in zip(NUMBER.findall(wanted), match.groups()):
        if abs(float(mine) - float(its)) > max(0.02 * abs(float(mine)), 0.01):
            return f"{its} instead of {mine}"
    return ""


class Runner:
    def __init__(self, url, java, work):
        self.address, self.java, self.work = url.split("//")[1], java, work
        self.path = os.pathsep.join([str(pathlib.Path(sys.executable).parent), str(java.parent), str(work / "bin"), os.environ["PATH"]])

    def folder(self, page):
        """The page's own, with the photos, and with what this repository has."""
        folder = self.work / page.stem
        if not folder.exists():
            folder.mkdir()
            for photo in PHOTOS.glob("*.jpg"):
                shutil.copy(photo, folder)
            (folder / "photos").mkdir()
            shutil.copy(PHOTOS / "dog.jpg", folder / "photos")
            for name in ("proto", "server"):
                (folder / name).symlink_to(ROOT / name)
        return folder

    def run(self, block, token=None):
        text = block.text
        for address in ADDRESSES:
            text = text.replace(address, self.address)
        folder = self.folder(block.page)
        began = time.monotonic()
        done = subprocess.run(
            self.command(block, text, folder), cwd=folder, capture_output=True, text=True, timeout=LIMIT, stdin=subprocess.DEVNULL,
            env={**os.environ, "PATH": self.path, "FIRSTPASS_DATA": str(self.work / "data"), **({} if token is None else {"FIRSTPASS_TOKEN": token})})
        if token == "":
            told = done.stdout + done.stderr
            assert done.returncode != 0 and re.search("401|UNAUTHENTICATED", told), f"{block}: not refused without a token\n{told}"
            return print(f"ok {block} is refused without a token", flush=True)
        assert done.returncode == 0, f"{block}: exit code {done.returncode}\n{done.stdout}{done.stderr}"
        assert block.expected is not None, f"{block}: no block says what it prints (```text or ```json behind it)\n{done.stdout}"
        wrong = differs(block.expected, block.printed_as, done.stdout)
        assert not wrong, f"{block}: {wrong}\n--- expected\n{block.expected}--- printed\n{done.stdout}{done.stderr}"
        print(f"ok {block}, {time.monotonic() - began:.1f} s", flush=True)

    def command(self, block, text, folder):
        if block.language == "sh":
            return ["bash", "-e", "-o", "pipefail", "-c", text]
        if block.language == "python":
            return [sys.executable, "-c", text]
        name = re.search(r"^(?:public )?(?:final )?class (\w+)", text, re.M)[1]
        (folder / f"{name}.java").write_text(text)
        path = ["-cp", block.mark.removeprefix("class path: ")] if block.mark.startswith("class path: ") else []
        return [str(self.java), "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", *path, f"{name}.java"]


def main():
    data, firstpass = pathlib.Path(sys.argv[1]), sys.argv[2:]
    pages = sorted({*PAGES.glob("*.md"), *(PAGES.parent / page for page in DOORS)})
    to_run = []
    for page in pages:
        all_of_page = blocks(page)
        to_run += [block for block in all_of_page if not require_elsewhere(block)]
    for page, languages in DOORS.items():
        there = {block.language for block in to_run if block.page == PAGES.parent / page}
        assert there >= set(languages), f"{page}: no snippet in {set(languages) - there}"
    work = pathlib.Path(tempfile.mkdtemp(prefix="firstpass-snippets-"))
    shutil.copytree(data, work / "data", ignore=shutil.ignore_patterns("lock", "run"))
    (work / "bin").mkdir()
    launcher = work / "bin/firstpass"
    launcher.write_text('#!/bin/sh\nexec ' + " ".join(f"'{pathlib.Path(word).resolve()}'" for word in firstpass) + ' "$@"\n')
    launcher.chmod(0o755)
    failed = []

    def try_to(run, block, *more):
        try:
            run(block, *more)
        except (AssertionError, subprocess.TimeoutExpired) as e:
            print("FAILED", e, flush=True)
            failed.append(str(block))

    guarded = [block for block in to_run if block.mark == "with a token"]
    try:
        server = Running(firstpass, work / "data", work / "log", environment={"FIRSTPASS_SECURITY_AUTHENTICATION": "none"})
        try:
            server.wait()
            runner = Runner(server.url, pathlib.Path(os.readlink(f"/proc/{server.process.pid}/exe")), work)
            for block in to_run:
                if block not in guarded:
                    try_to(runner.run, block)
        finally:
            server.close()
        server = Running(firstpass, work / "data", work / "log")
        try:
            server.wait()
            runner = Runner(server.url, runner.java, work)
            token = server.token("prelabel")
            for block in guarded:
                try_to(runner.run, block, token)
                try_to(runner.run, block, "")
        finally:
            server.close()
    finally:
        shutil.rmtree(work, ignore_errors=True)
    assert not failed, failed
    counts = ", ".join(f"{sum(block.language == one for block in to_run)} of {one}" for one in RUN)
    report("curl, requests, java.net.http", f"{version_of_curl()}, {importlib.metadata.version('requests')}, {java_version(runner.java)}",
           f"every snippet of docs/integrations ({counts}; {len(guarded)} of them with a token) with the demo's models and photos")


def version_of_curl():
    return subprocess.run(["curl", "--version"], capture_output=True, text=True, check=True).stdout.split()[1]


def java_version(java):
    return re.search(r'JAVA_VERSION="(.*)"', (java.parents[1] / "release").read_text())[1]


main()
