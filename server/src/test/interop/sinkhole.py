"""A network of its own for a program: whatever name it asks for gets an address, and every packet that it sends is seen.

The program is in one network namespace, this process in another, and a wire between them that ends here. Run by `enter()`, which
needs no rights but that of making namespaces.
"""
import collections
import errno
import ipaddress
import os
import pathlib
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

OUTSIDE, INSIDE = "10.66.0.1", "10.66.0.2"
OUTSIDE6, INSIDE6 = "fd66::1", "fd66::2"
# What every name resolves to: addresses of the open internet, since the server would not call others. Here they are this program.
ANY, ANY6 = "93.184.215.14", "2606:2800:21f::7"
ENTERED = "SINKHOLE"
PACKET_STATISTICS, SOL_PACKET = 6, 263
# Neighbours and routers, which the kernel asks for by itself.
KERNELS_ICMP6 = {130, 131, 132, 133, 134, 135, 136, 137, 143}

Packet = collections.namedtuple("Packet", "protocol source source_port target target_port flags payload is_ours", defaults=(False,))


def enter():
    """Starts this program again in namespaces of its own, unless it is there."""
    if os.environ.get(ENTERED):
        return
    rights = [] if os.geteuid() == 0 else ["--map-root-user"]
    os.environ[ENTERED] = "1"
    os.execvp("unshare", ["unshare", *rights, "--net", "--mount", "--fork", sys.executable, *sys.argv])


def reason_why_not():
    """Why no such network can be made here; empty if one can."""
    for program in ("unshare", "nsenter", "ip"):
        if not shutil.which(program):
            return f"{program} is missing"
    rights = [] if os.geteuid() == 0 else ["--map-root-user"]
    made = subprocess.run(["unshare", *rights, "--net", "--mount", "ip", "link", "add", "outside", "type", "veth", "peer", "name", "inside"],
                          capture_output=True, text=True)
    return "" if made.returncode == 0 else "namespaces cannot be made here: " + made.stderr.strip()


def sh(*command):
    subprocess.run(command, check=True, capture_output=True)


class Sinkhole:
    """The network. Closed by whoever opens it, once what runs inside has ended."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sinkhole-"))
        names = self.folder / "resolv.conf"
        names.write_text(f"nameserver {OUTSIDE}\noptions timeout:1 attempts:1\n")
        resolv = pathlib.Path("/etc/resolv.conf").resolve()
        self.holder = subprocess.Popen(
            ["unshare", "--net", "--mount", "sh", "-c",
             f"[ ! -e {resolv} ] || mount --bind {names} {resolv}; ip link set lo up; echo up; exec sleep infinity"],
            stdout=subprocess.PIPE, text=True)
        assert self.holder.stdout.readline() == "up\n"
        inside = ["nsenter", "--target", str(self.holder.pid), "--net"]
        sh("ip", "link", "set", "lo", "up")
        sh("ip", "link", "add", "outside", "type", "veth", "peer", "name", "inside", "netns", str(self.holder.pid))
        for prefix, device, address, address6 in (([], "outside", OUTSIDE, OUTSIDE6), (inside, "inside", INSIDE, INSIDE6)):
            sh(*prefix, "ip", "address", "add", address + "/24", "dev", device)
            sh(*prefix, "ip", "link", "set", device, "up")
            if socket.has_ipv6 and pathlib.Path("/proc/net/if_inet6").exists():
                sh(*prefix, "ip", "-6", "address", "add", address6 + "/64", "dev", device, "nodad")
        # All addresses are this side's: it answers whoever calls any of them.
        sh(*inside, "ip", "route", "add", "default", "via", OUTSIDE)
        sh("ip", "route", "add", "local", "0.0.0.0/0", "dev", "lo")
        if socket.has_ipv6 and pathlib.Path("/proc/net/if_inet6").exists():
            sh(*inside, "ip", "-6", "route", "add", "default", "via", OUTSIDE6)
            sh("ip", "-6", "route", "add", "local", "::/0", "dev", "lo")
        self.packets = []
        self.wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self.wire.setsockopt(socket.SOL_SOCKET, 33, 256 << 20)  # SO_RCVBUFFORCE
        self.wire.bind(("outside", 0))
        self.names = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.names.setsockopt(socket.SOL_IP, 8, 1)  # IP_PKTINFO: answered from the address that was asked
        self.names.bind(("0.0.0.0", 53))
        self.listeners = [socket.create_server(("0.0.0.0", port)) for port in (80, 443)]
        for work in (self.watch, self.resolve, *(lambda listener=listener: self.accept(listener) for listener in self.listeners)):
            threading.Thread(target=work, daemon=True).start()

    def inside(self, command):
        """The command, run inside."""
        return ["nsenter", "--target", str(self.holder.pid), "--net", "--mount", "--", *map(str, command)]

    def watch(self):
        while True:
            try:
                frame, sender = self.wire.recvfrom(1 << 17)
            except OSError as e:
                # That the wire was down before it was up.
                assert e.errno == errno.ENETDOWN, e
                continue
            packet = parse(frame)
            if packet:
                self.packets.append(packet._replace(is_ours=sender[2] == socket.PACKET_OUTGOING))

    def resolve(self):
        while True:
            query, ancillary, _, asker = self.names.recvmsg(4096, 256)
            asked = struct.unpack_from("=I4s4s", ancillary[0][2])[2]
            kind = struct.unpack_from(">H", query, query.index(b"\0", 12) + 1)[0]
            question = query[12:query.index(b"\0", 12) + 5]
            data = {1: socket.inet_aton(ANY), 28: socket.inet_pton(socket.AF_INET6, ANY6)}.get(kind, b"")
            answer = b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 1, len(data)) + data if data else b""
            head = query[:2] + struct.pack(">HHHHH", 0x8180, 1, 1 if data else 0, 0, 0)
            self.names.sendmsg([head + question + answer], [(socket.SOL_IP, 8, struct.pack("=I4s4s", 0, asked, b"\0" * 4))], 0, asker)

    def accept(self, listener):
        """Takes what is sent, answers nothing."""
        while True:
            peer, _ = listener.accept()
            threading.Thread(target=lambda peer=peer: [None for _ in iter(lambda: self.read(peer), b"")], daemon=True).start()

    @staticmethod
    def read(peer):
        try:
            return peer.recv(65536)
        except OSError:
            return b""

    def mark(self):
        """Where a part of what happens begins, for `strangers`."""
        time.sleep(0.3)
        return len(self.packets)

    def strangers(self, since, ports):
        """What was sent by the program that is no answer to a client of one of these TCP ports, a line for each flow, and how many
        packets were looked at."""
        time.sleep(0.5)
        assert self.lost() == 0, "packets were lost, so the proof is none"
        looked_at = self.packets[since:]
        opened = {(p.source, p.source_port, p.target_port) for p in looked_at
                  if p.is_ours and p.protocol == "TCP" and p.flags & 0x12 == 0x02 and p.target_port in ports}
        found = collections.Counter(
            f"{p.protocol} to {p.target}:{p.target_port}" + asked_for(p) for p in looked_at
            if not p.is_ours and not (p.protocol == "TCP" and (p.target, p.target_port, p.source_port) in opened))
        return [f"{flow} ({count} packets)" for flow, count in found.items()], len(looked_at)

    def sent(self, since):
        """All that the program sent over TCP, flow by flow."""
        flows = {}
        for p in self.packets[since:]:
            if not p.is_ours and p.protocol == "TCP" and p.payload:
                flows.setdefault((p.source_port, p.target, p.target_port), []).append(p.payload)
        return [b"".join(parts) for parts in flows.values()]

    def lost(self):
        received, dropped = struct.unpack("II", self.wire.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))
        return dropped

    def close(self):
        self.holder.kill()
        self.holder.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def parse(frame):
    """A frame's packet; None for what neighbours ask each other."""
    kind = struct.unpack_from(">H", frame, 12)[0]
    if kind == 0x0806:
        return None
    if kind == 0x0800:
        header = (frame[14] & 15) * 4
        protocol, source, target = frame[23], socket.inet_ntoa(frame[26:30]), socket.inet_ntoa(frame[30:34])
        body = frame[14 + header:14 + struct.unpack_from(">H", frame, 16)[0] or None]
    elif kind == 0x86DD:
        protocol, source, target = frame[20], str(ipaddress.ip_address(frame[22:38])), str(ipaddress.ip_address(frame[38:54]))
        body = frame[54:]
        if protocol == 0 and len(body) > 8:
            protocol, body = body[0], body[(body[1] + 1) * 8:]
        if protocol == 58 and body and body[0] in KERNELS_ICMP6:
            return None
    else:
        return Packet(f"frame {kind:#06x}", "", 0, "", 0, 0, frame[14:])
    if protocol == 6:
        source_port, target_port = struct.unpack_from(">HH", body)
        return Packet("TCP", source, source_port, target, target_port, body[13], body[(body[12] >> 4) * 4:])
    if protocol == 17:
        source_port, target_port = struct.unpack_from(">HH", body)
        return Packet("UDP", source, source_port, target, target_port, 0, body[8:])
    return Packet(f"protocol {protocol}", source, 0, target, 0, 0, body)


def asked_for(packet):
    """The name that a packet asks for, where it is a question of that kind."""
    if packet.protocol != "UDP" or packet.target_port != 53:
        return ""
    labels, at = [], 12
    while at < len(packet.payload) and packet.payload[at]:
        labels.append(packet.payload[at + 1:at + 1 + packet.payload[at]].decode("ascii", "replace"))
        at += packet.payload[at] + 1
    return " for " + ".".join(labels)
