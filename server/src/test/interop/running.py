"""A server of this build for the checks beside this file. Needs nothing but Python."""
import json
import os
import pathlib
import subprocess
import time
import urllib.error
import urllib.request

PAGES = pathlib.Path(__file__).resolve().parents[4] / "docs/integrations"
PHOTOS = pathlib.Path(__file__).resolve().parents[2] / "main/resources/samples"


class Running:
    """`firstpass serve` on a data directory, on free ports of loopback.

    firstpass  the command; its first words if it has several
    options    further ones of `serve`
    more       for its process
    """

    def __init__(self, firstpass, data, log, options=(), **more):
        self.process = subprocess.Popen(
            [*firstpass, "serve", "--data", str(data), "--port", "0", "--admin-port", "0", *options],
            stdout=subprocess.PIPE, stderr=log.open("w"), text=True, **more)
        line = self.process.stdout.readline()
        assert line.startswith("ready "), (line, log.read_text())
        self.url = line.split()[1].rstrip("/")
        # As the process sees it: it may have a disk of its own there.
        self.data = pathlib.Path(f"/proc/{self.process.pid}/root") / data.resolve().relative_to("/")
        self.admin = json.loads((self.data / "server.json").read_text())["adminUrl"].rstrip("/")

    def wait(self):
        """Until it has loaded what it loads at its start."""
        until = time.monotonic() + 60
        while True:
            try:
                return urllib.request.urlopen(self.url + "/readyz", timeout=10).close()
            except urllib.error.HTTPError:
                assert time.monotonic() < until, "not ready after a minute"
                time.sleep(0.1)

    def close(self):
        self.process.terminate()
        self.process.wait(60)


def report(client, version, ran):
    """The last line of a check, and a row of the table of clients where somebody collects one (CLIENTS_TABLE names the file)."""
    row(client, version, ran, "passed")
    print(f"{client} {version}: {ran}")


def row(client, version, ran, result):
    """A row of that table alone."""
    if "CLIENTS_TABLE" in os.environ:
        with open(os.environ["CLIENTS_TABLE"], "a") as table:
            table.write(f"{client}\t{version}\t{ran}\t{result}\n")
