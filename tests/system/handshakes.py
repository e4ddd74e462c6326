"""What a hostile or a strange peer does with TLS, and what must come of it."""

import contextlib
import ssl
import struct
import subprocess
import time

import raw
from attacks import Attack

TIMEOUT_MS = 3000
RECORD_HEADER = 5
HANDSHAKE = 22


class Tls(Attack):
    """TLS itself: versions, records, time, what is remembered."""
    listeners = ("SASL_SSL",)
    settings = {"schloss.tls.policy": "intermediate",
                "schloss.handshake.timeout.ms": TIMEOUT_MS}

    def context(self):
        context = ssl.create_default_context(cafile=self.broker.path("tls/ca.pem"))
        context.check_hostname = False
        return context

    def plain_socket(self):
        return self.connect("SASL_SSL", tls=False).socket

    def served(self, connection):
        connection.login()
        connection.metadata("room")

    def test_versions_before_1_2_are_refused(self):
        for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
            with self.subTest(version=version), self.survived():
                context = self.context()
                context.set_ciphers("ALL:@SECLEVEL=0")
                context.minimum_version = context.maximum_version = version
                with self.assertRaisesRegex((ssl.SSLError, ConnectionError),
                                            "(?i)version|alert|reset"):
                    context.wrap_socket(self.plain_socket())

    def test_a_client_that_names_no_host_is_served(self):
        with self.survived():
            c = self.connect("SASL_SSL", tls=False)
            c.socket = self.context().wrap_socket(c.socket)  # without server_name
            self.served(c)

    def test_a_renegotiation_is_refused(self):
        with self.survived():
            done = subprocess.run(
                ["openssl", "s_client", "-connect", f"127.0.0.1:{self.broker.ports['SASL_SSL']}",
                 "-tls1_2", "-bind", f"{self.address()}:0",
                 "-CAfile", self.broker.path("tls/ca.pem")],
                input="R\n", stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                encoding="utf-8", errors="replace", timeout=30, check=False)
            self.assertIn("RENEGOTIATING", done.stdout)
            self.assertRegex(done.stdout, "no renegotiation|handshake failure")

    def records_of_a_hello(self):
        out = ssl.MemoryBIO()
        tls = self.context().wrap_bio(ssl.MemoryBIO(), out)
        with contextlib.suppress(ssl.SSLWantReadError):
            tls.do_handshake()
        return out.read()

    def test_a_hello_in_records_of_one_byte_is_served_or_refused_at_once(self):
        hello = self.records_of_a_hello()
        head, body = hello[:3], hello[RECORD_HEADER:]
        with self.survived():
            s = self.plain_socket()
            s.sendall(b"".join(head + struct.pack(">H", 1) + body[i:i + 1]
                               for i in range(len(body))))
            self.assertIn(s.recv(1), (bytes([HANDSHAKE]), bytes([21]), b""))

    def test_a_handshake_byte_by_byte_is_served(self):
        with self.survived():
            c = self.connect("SASL_SSL", tls=False)
            arriving, leaving = ssl.MemoryBIO(), ssl.MemoryBIO()
            tls = self.context().wrap_bio(arriving, leaving)
            while True:
                try:
                    tls.do_handshake()
                    break
                except ssl.SSLWantReadError:
                    for byte in leaving.read():
                        c.send(bytes([byte]))
                    arriving.write(c.socket.recv(65536))
            for byte in leaving.read():
                c.send(bytes([byte]))
            tls.write(raw.request(raw.API_VERSIONS, 0, 7))
            c.send(leaving.read())
            answer = b""
            while len(answer) < 8:
                arriving.write(c.socket.recv(65536))
                with contextlib.suppress(ssl.SSLWantReadError):
                    answer += tls.read(65536)
            self.assertEqual(struct.unpack(">i", answer[4:8])[0], 7)

    def test_a_slow_handshake_ends_in_time(self):
        hello = self.records_of_a_hello()
        with self.survived():
            began = time.monotonic()
            slow = self.plain_socket()
            for i in range(len(hello)):
                try:
                    slow.sendall(hello[i:i + 1])
                except OSError:
                    break
                slow.settimeout(0.1)  # until a byte comes, which none should, or the end
                try:
                    if not slow.recv(1):
                        break
                except TimeoutError:
                    pass
                except OSError:
                    break
            took = time.monotonic() - began
            self.assertGreater(took, TIMEOUT_MS / 1000 - 0.5)
            self.assertLess(took, TIMEOUT_MS / 1000 + 10)

    def test_nothing_is_resumed(self):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with self.subTest(version=version), self.survived():
                context = self.context()
                context.minimum_version = context.maximum_version = version
                first = self.connect("SASL_SSL", tls=False)
                first.socket = context.wrap_socket(first.socket)
                self.served(first)  # by now a ticket would have come
                session = first.socket.session
                self.assertFalse(session is not None and session.has_ticket)
                again = self.connect("SASL_SSL", tls=False)
                with contextlib.suppress(ValueError):
                    again.socket = context.wrap_socket(again.socket, session=session)
                    self.assertFalse(again.socket.session_reused)
                    with self.assertRaises(raw.Closed):
                        again.metadata("room")  # whoever logged in before

    def test_garbage_instead_of_a_hello_ends_the_connection(self):
        hello = self.records_of_a_hello()
        for name, data in {
                "a record of 16 MB": b"\x16\x03\x01\xff\xff" + bytes(65535),
                "an empty record, again and again": b"\x16\x03\x01\x00\x00" * 2000,
                "a record that is no handshake": b"\x17\x03\x03\x00\x10" + bytes(16),
                "a hello with a length beyond it": hello[:6] + b"\xff\xff\xff" + hello[9:],
                "a hello of SSL 2": b"\x80\x2e\x01\x00\x02" + bytes(41)}.items():
            with self.subTest(name), self.survived():
                c = self.connect("SASL_SSL", tls=False)
                with contextlib.suppress(raw.Closed):
                    c.send(data)
                self.assert_closed(c, 10)
