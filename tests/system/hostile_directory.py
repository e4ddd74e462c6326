"""hostile_directory - speaks TLS with the right certificate, and then anything but LDAP.

By the name of what it does; `good` shows that the others do not pass for want of a server.
"""

import contextlib
import socket
import ssl
import threading


def element(tag, *contents):
    body = b"".join(contents)
    length = (bytes([len(body)]) if len(body) < 128 else
              b"\x84" + len(body).to_bytes(4, "big"))
    return bytes([tag]) + length + body


def message(number, operation):
    return element(0x30, element(2, bytes([number])), operation)


def result(tag, code=0):
    return element(tag, element(10, bytes([code])), element(4), element(4))


BIND, SEARCH_ENTRY, SEARCH_DONE, EXTENDED, REFERENCE = 0x61, 0x64, 0x65, 0x78, 0x73


def entry(name="alice", size=0):
    value = element(4, name.encode() + b"x" * size)
    return element(SEARCH_ENTRY, element(4, b"uid=alice,dc=corp,dc=test"), element(
        0x30, element(0x30, element(4, b"uid"), element(0x31, value))))


class HostileDirectory:
    """Serves one connection after the other, in a thread, until close()."""

    def __init__(self, certificate, key, starttls=None):
        """starttls: what it sends in the clear, before TLS, when it is asked for that."""
        self.starttls = starttls
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.ldaps = self.plain = self.socket.getsockname()[1]
        self.act = "good"
        self.requests = 0
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while not self.ending.is_set():
            with contextlib.suppress(OSError, ValueError):
                plain, _ = self.socket.accept()
                plain.settimeout(20)
                if self.starttls is not None:
                    plain.recv(4096)
                    self.requests += 1
                    plain.sendall(self.starttls)
                with self.context.wrap_socket(plain, server_side=True) as connection:
                    self.answer_all(connection)

    def answer_all(self, connection):
        while not self.ending.is_set():
            request = connection.recv(65536)
            if not request:
                return
            self.requests += 1
            getattr(self, "do_" + self.act)(connection, self.number_of(request))

    @staticmethod
    def number_of(request):
        """Of the first message: its length has one byte, or as many as it says."""
        at = 2 + (request[1] & 0x7f if request[1] & 0x80 else 0)
        return request[at + 2]

    def do_good(self, to, number):
        to.sendall(message(number, result(BIND)))

    def do_garbage(self, to, _number):
        to.sendall(b"\xff" * 4096)

    def do_http(self, to, _number):
        to.sendall(b"HTTP/1.1 200 OK\r\n\r\n")

    def do_huge(self, to, number):
        """A message of 2 GiB is announced, and begun."""
        to.sendall(b"\x30\x84\x7f\xff\xff\xff\x02\x01" + bytes([number]) + b"\x61" + b"x" * 65536)

    def do_longest(self, to, number):
        to.sendall(message(number, element(BIND, element(10, b"\0"), element(4), element(
            4, b"x" * 1000000))))

    def do_nested(self, to, number):
        to.sendall(message(number, b"\x61\x80" * 20000))

    def do_dribble(self, to, number):
        for byte in message(number, result(BIND)):
            to.sendall(bytes([byte]))
            if self.ending.wait(1):
                return

    def do_silent(self, _to, _number):
        self.ending.wait(0.1)

    def do_hang_up(self, to, _number):
        to.close()

    def do_half(self, to, number):
        to.sendall(message(number, result(BIND))[:-3])
        to.close()

    def do_other_number(self, to, number):
        to.sendall(message(number + 1, result(BIND)))

    def do_other_kind(self, to, number):
        to.sendall(message(number, result(SEARCH_DONE)))

    def do_entry(self, to, number):
        to.sendall(message(number, entry()))

    def do_no_code(self, to, number):
        to.sendall(message(number, element(BIND)))

    def do_wide_code(self, to, number):
        to.sendall(message(number, element(BIND, element(10, b"\0" * 9), element(4), element(4))))

    def do_referral(self, to, number):
        to.sendall(message(number, element(BIND, element(10, b"\x0a"), element(4), element(
            4), element(0xa3, element(4, b"ldap://127.0.0.1:1/")))))

    def do_notice(self, to, _number):
        """The notice of disconnection."""
        to.sendall(message(0, element(EXTENDED, element(10, b"\x34"), element(4), element(
            4), element(0x8a, b"1.3.6.1.4.1.1466.20036"))))

    def do_nameless(self, to, _number):
        """Nobody asked for it, and it has an empty name: some versions of libldap abort."""
        to.sendall(message(0, element(EXTENDED, element(10, b"\0"), element(4), element(
            4), element(0x8a))))

    def do_flood(self, to, number):
        """Messages of nobody, without an end."""
        while not self.ending.is_set():
            to.sendall(message(number + 1, entry(size=30000)) * 8)

    def close(self):
        self.ending.set()
        self.socket.close()
