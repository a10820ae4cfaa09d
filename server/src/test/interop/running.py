"""A server of this build for the checks beside this file. Needs nothing but Python."""
import base64
import json
import os
import pathlib
import subprocess
import time
import urllib.error
import urllib.request

PAGES = pathlib.Path(__file__).resolve().parents[4] / "docs/integrations"
PHOTOS = pathlib.Path(__file__).resolve().parents[2] / "main/resources/samples"


def bearer(token):
    """The header by which programs show a token."""
    return {"Authorization": "Bearer " + token}


def basic(token):
    """The header of those that know users and passwords alone; any user does."""
    return {"Authorization": "Basic " + base64.b64encode(f"firstpass:{token}".encode()).decode()}


class Running:
    """`firstpass serve` on a data directory, on free ports of loopback. It asks for tokens, unless `environment` says otherwise.

    firstpass    the command; its first words if it has several
    options      further ones of `serve`
    environment  further variables
    more         for its process
    """

    def __init__(self, firstpass, data, log, options=(), environment=None, **more):
        self.process = subprocess.Popen(
            [*firstpass, "serve", "--data", str(data), "--port", "0", "--admin-port", "0", *options],
            stdout=subprocess.PIPE, stderr=log.open("w"), text=True,
            env={**os.environ, "FIRSTPASS_SECURITY_AUTHENTICATION": "tokens", **(environment or {})}, **more)
        line = self.process.stdout.readline()
        assert line.startswith("ready "), (line, log.read_text())
        self.url = line.split()[1].rstrip("/")
        # As the process sees it: it may have a disk of its own there.
        self.data = pathlib.Path(f"/proc/{self.process.pid}/root") / data.resolve().relative_to("/")
        told = json.loads((self.data / "server.json").read_text())
        self.admin = told["adminUrl"].rstrip("/")
        # What whoever owns the data directory may show: everything.
        self.own = bearer(told["token"]) if "token" in told else {}

    def token(self, *scopes):
        """A new one that lets do just that, as an operator makes it for a client."""
        body = json.dumps({"name": "-".join(scopes), "scopes": scopes}).encode()
        request = urllib.request.Request(self.admin + "/v1/tokens", body, {"Content-Type": "application/json", **self.own})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["token"]

    def get(self, path):
        """What the management listener tells the server's owner, to be closed."""
        return urllib.request.urlopen(urllib.request.Request(self.admin + path, headers=self.own), timeout=60)

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
