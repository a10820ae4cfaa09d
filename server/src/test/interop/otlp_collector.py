"""A collector of traces: keeps the body of each request as it came, a file for each.

    otlp_collector.py PORT FOLDER       says `listening` on loopback; ends by a signal, or with whoever started it (its stdin)
"""
import http.server
import itertools
import os
import pathlib
import sys
import threading

FOLDER = pathlib.Path(sys.argv[2])
NUMBERS = itertools.count()


class Collector(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.body()
        (FOLDER / f"{next(NUMBERS):06}").write_bytes(body)
        self.send_response(200)
        self.send_header("Content-Type", "application/x-protobuf")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def body(self):
        if "Content-Length" in self.headers:
            return self.rfile.read(int(self.headers["Content-Length"]))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Collector)
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
print("listening", flush=True)
server.serve_forever()
