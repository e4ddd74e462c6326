"""Keys of tokens that come from a URL: rotated, late, never; and what is fetched of them."""

import contextlib
import json
import os
import shutil
import socket
import ssl
import threading
import unittest

import mechanisms
import raw
import schloss

HOST = "keys.test"
REFRESH_MS = 1000
AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"
IN_FORCE = r"the keys of OAUTHBEARER that were fetched are in force \[JWK001\]"


def answer(body, status="200 OK", fields=""):
    return (f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{fields}\r\n").encode() + body


class Server:
    """An https server on 127.0.0.1 that answers each request as `self.act` does."""

    def __init__(self, directory, host=HOST):
        self.requests = []
        self.act = lambda connection: None
        self.directory = directory
        self.make_certificate(host)
        self.port = schloss.free_ports(1)[0]
        self.socket = None

    def make_certificate(self, host, anew=False):
        for name in ("broker.pem", "broker.key") + (("ca.pem", "ca.key") if anew else ()):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(os.path.join(self.directory, name))
        schloss.run(os.path.join(schloss.HOME, "certs/make-dev-ca"), self.directory, host)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(os.path.join(self.directory, "broker.pem"),
                                os.path.join(self.directory, "broker.key"))
        self.context = context

    def start(self):
        self.socket = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self.serve, args=(self.socket,), daemon=True).start()

    def stop(self):
        """Whoever connects from now on is turned away."""
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()

    def serve(self, listening):
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=self.talk, args=(connection,), daemon=True).start()

    def talk(self, connection):
        with contextlib.suppress(OSError), connection:
            with self.context.wrap_socket(connection, server_side=True) as tls:
                tls.settimeout(30)
                request = b""
                while not request.endswith(b"\r\n\r\n"):
                    piece = tls.recv(4096)
                    if not piece:
                        return
                    request += piece
                self.requests.append(request.decode())
                self.act(tls)

    def serve_keys(self, *issuers):
        body = json.dumps({"keys": [i.jwk for i in issuers]}).encode()
        self.act = lambda connection: connection.sendall(answer(body))


def make_broker(directory, **settings):
    """(broker, its issuer, the server of its keys), none of them started."""
    broker, issuer = mechanisms.make_broker(
        ("SASL_SSL",), **{"sasl.enabled.mechanisms": "PLAIN,OAUTHBEARER"})
    server = Server(broker.path(directory))
    del broker.settings["schloss.oauthbearer.jwks.file"]
    broker.settings |= {
        "schloss.handshake.timeout.ms": "1000", "schloss.auth.timeout.ms": "1000",
        "sasl.oauthbearer.jwks.endpoint.url": f"https://{HOST}:{server.port}/keys?of=all",
        "sasl.oauthbearer.jwks.endpoint.refresh.ms": str(REFRESH_MS),
        "schloss.oauthbearer.jwks.address": f"127.0.0.1:{server.port}",
        "schloss.oauthbearer.jwks.ca.file": broker.path(directory, "ca.pem")} | settings
    broker.write_config()
    return broker, issuer, server


class Case(unittest.TestCase):
    def connect(self):
        """From an address of its own: who is refused too often is not heard any more."""
        connection = raw.Connection(self.broker, "SASL_SSL", source=raw.fresh_address())
        self.addCleanup(connection.close)
        return connection

    def log_in(self, token):
        """A connection that is logged in; None: it was refused, or closed."""
        connection = self.connect()
        connection.handshake("OAUTHBEARER")
        try:
            error = connection.authenticate(b"n,,\1auth=Bearer " + token.encode() + b"\1\1")
            if error == raw.NONE:
                connection.metadata()
                return connection
        except (OSError, EOFError, raw.Closed):
            pass
        return None

    def log_in_by_password(self):
        connection = self.connect()
        connection.handshake("PLAIN")
        self.assertEqual(connection.authenticate(
            raw.plain("alice", self.broker.secrets["alice"])), raw.NONE)


class Refused(Case):
    """A configuration that can not be meant."""

    def test_what_is_wrong_is_said_in_a_sentence(self):
        url = "sasl.oauthbearer.jwks.endpoint.url"
        address = "schloss.oauthbearer.jwks.address"
        for setting, sentence in (
                ({"schloss.oauthbearer.jwks.file": "/etc/jwks"}, "come from a URL and from"),
                ({url: "http://keys.test/"}, "does not begin with https://"),
                ({url: "https://192.0.2.1/"}, "has no host name"),
                ({url: "https://u:p@keys.test/"}, "has a user or a password in it"),
                ({address: "keys.test:443"}, "names are not looked up"),
                ({address: "192.0.2.1"}, "is not ADDRESS:PORT"),
                ({address: None}, "names are not looked up, and"),
                ({url: None}, "there is no URL to fetch the keys of tokens from")):
            broker, _, _ = make_broker("keys", **setting)
            try:
                status, said = broker.run_to_end()
                self.assertEqual(status, 78, said)
                self.assertIn(sentence, said)
            finally:
                broker.close()


class Late(Case):
    """The server is not there when the broker starts."""

    def test_others_log_in_meanwhile_and_tokens_work_when_there_are_keys(self):
        self.broker, issuer, server = make_broker("keys")
        self.addCleanup(self.broker.close)
        self.broker.start()
        self.broker.await_log(
            r"keys of OAUTHBEARER could not be fetched: the server can not be reached, or "
            r"hung up: the handshake; there are none yet.*JWK002")
        self.log_in_by_password()
        self.assertIsNone(self.log_in(issuer.token("alice")))
        self.broker.await_audit(r'"reason":"the keys of tokens are not there yet"')
        server.serve_keys(issuer)
        server.start()
        self.broker.await_log(IN_FORCE)
        self.assertIsNotNone(self.log_in(issuer.token("alice")))
        self.assertEqual(server.requests[0].split("\r\n")[:2], [
            "GET /keys?of=all HTTP/1.1", f"Host: {HOST}:{server.port}"])
        self.assertEqual(self.broker.stop(), 0)


class Fetched(Case):
    @classmethod
    def setUpClass(cls):
        cls.broker, cls.issuer, cls.server = make_broker("keys")
        cls.addClassCleanup(cls.broker.close)
        cls.server.serve_keys(cls.issuer)
        cls.server.start()
        cls.broker.start()
        cls.broker.await_log(IN_FORCE)

    def setUp(self):
        self.server.serve_keys(self.issuer)

    def await_keys(self, *issuers):
        mark = self.broker.log_size()
        self.server.serve_keys(*issuers)
        self.broker.await_log(IN_FORCE, mark)

    def test_a_rotated_key_is_taken_while_clients_log_in(self):
        other = mechanisms.Issuer(self.broker, "two")
        first = self.log_in(self.issuer.token("alice"))
        token = other.token("alice")
        self.assertIsNone(self.log_in(token))
        with schloss.Traffic(self.log_in_by_password) as traffic:
            self.await_keys(self.issuer, other)
            second = self.log_in(token)
            self.assertIsNotNone(second)
            self.assertIsNotNone(self.log_in(self.issuer.token("alice")))
            self.await_keys(other)
        self.assertGreater(traffic.count, 0)
        self.assertIsNone(self.log_in(self.issuer.token("alice")))
        self.assertIsNotNone(self.log_in(token))
        first.metadata()  # sessions go on
        second.metadata()
        self.await_keys(self.issuer)

    def fails(self, sentence, seconds=30):
        """The log says so; the keys of before stay."""
        mark = self.broker.log_size()
        self.broker.await_log(
            rf"could not be fetched: {sentence}; those fetched \d+ s ago stay; the next try "
            r"is in \d+ s \[JWK002\]", mark, seconds=seconds)
        self.assertIsNotNone(self.log_in(self.issuer.token("alice")))
        self.assertNotRegex(self.broker.log(mark), IN_FORCE)

    def test_what_is_no_key_set_is_not_taken(self):
        private = self.issuer.jwk | {"d": "AQAB"}
        for said, sentence in (
                (answer(b"[1"), "the key set is not a JSON object whose members are all .*"),
                (answer(b"{}"), "the key set has no list of keys"),
                (answer(b'{"keys":[]}'), "the key set has no key that checks a signature"),
                (answer(json.dumps({"keys": [private]}).encode()),
                 "the key set: key 1 holds a secret: .*"),
                (answer(b"no", "500 Internal Server Error"),
                 "the answer has status 500, not 200"),
                (answer(b"", "302 Found", "Location: https://127.0.0.1/\r\n"),
                 "the answer has status 302, not 200; redirects are not followed"),
                (b"HTTP/1.1 200 OK\r\n\r\n{}", "the answer does not say where its body ends"),
                (answer(b"x", fields="Content-Encoding: gzip\r\n"),
                 "the answer has a coding other than chunked alone"),
                (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", ".*(is not complete|hung up"
                 "|TLS failed).*"),
                (b"SSH-2.0-x\r\n", "the answer does not begin with a status line of HTTP/1")):
            with self.subTest(sentence):
                self.server.act = lambda connection, said=said: connection.sendall(said)
                self.fails(sentence)

    def test_a_body_without_end_is_cut_off(self):
        def pour(connection):
            connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            while True:
                connection.sendall(b"1000\r\n" + b" " * 4096 + b"\r\n")
        self.server.act = pour
        self.fails("the answer is larger than 256 KiB")

    def test_another_host_name_and_another_authority_are_refused(self):
        authority = self.broker.path("keys/ca.pem")
        kept = {name: self.broker.path("keys", name) for name in ("ca.pem", "ca.key")}
        for name, path in kept.items():
            shutil.copy(path, self.broker.path("kept-" + name))
        try:
            self.server.make_certificate("other.test")
            self.fails("the certificate of the server is refused: hostname mismatch")
            self.server.make_certificate(HOST, anew=True)
            shutil.copy(self.broker.path("kept-ca.pem"), authority)
            self.fails("the certificate of the server is refused: .*")
        finally:
            for name, path in kept.items():
                shutil.copy(self.broker.path("kept-" + name), path)
            self.server.make_certificate(HOST)

    def test_a_server_that_is_down_or_slow_keeps_the_keys(self):
        self.server.stop()
        try:
            self.fails("the server can not be reached, or hung up: the handshake")
        finally:
            self.server.start()
        waiting = threading.Event()
        self.addCleanup(waiting.set)
        self.server.act = lambda connection: waiting.wait(60)
        count = len(self.server.requests)
        schloss.eventually(lambda: len(self.server.requests) > count, 30, "it asked")
        self.check_process()
        self.fails("the answer took too long")

    def check_process(self):
        """The one that waits for the slow server is closed in."""
        pid, = self.broker.pids("fetch")
        with open(f"/proc/{pid}/status", encoding="ascii") as f:
            status = dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)
        self.assertEqual((status["Seccomp"], status["NoNewPrivs"]), ("2", "1"))
        self.assertEqual(status["CapEff"], "0" * 16)
        if os.getuid() == 0:
            self.assertNotEqual(os.readlink(f"/proc/{pid}/ns/net"),
                                os.readlink("/proc/self/ns/net"))
            self.assertEqual(sorted(os.listdir(f"/proc/{pid}/fd"), key=int),
                             ["0", "1", "2", "3", "4", "5"])
            others = {os.stat(f"/proc/{p}").st_uid
                      for p in schloss.descendants(self.broker.process.pid) if p != pid}
            self.assertNotIn(os.stat(f"/proc/{pid}").st_uid, others | {0})

    @unittest.skipUnless(os.path.exists(AUTHORITIES), "ca-certificates is not installed")
    def test_the_authorities_of_the_system_do_not_know_this_server(self):
        kept = dict(self.broker.settings)
        self.broker.settings["schloss.oauthbearer.jwks.ca.file"] = AUTHORITIES
        self.broker.write_config()
        try:
            self.broker.hang_up()
            self.fails("the certificate of the server is refused: .*")
        finally:
            self.broker.settings = kept
            self.broker.write_config()
            self.broker.hang_up()

    def test_a_reload_gives_the_keys_that_were_fetched(self):
        mark = self.broker.log_size()
        self.broker.hang_up()
        self.broker.await_log(r"reload: auth-oauthbearer is in force \[REL001\]", mark)
        self.assertIsNotNone(self.log_in(self.issuer.token("alice")))

    def test_a_server_that_moves_is_followed_by_a_reload_another_url_takes_a_restart(self):
        moved = Server(self.broker.path("moved"))
        shutil.copy(self.broker.path("moved/ca.pem"), self.broker.path("moved.pem"))
        other = mechanisms.Issuer(self.broker, "moved")
        moved.serve_keys(self.issuer, other)
        moved.start()
        kept = dict(self.broker.settings)
        mark = self.broker.log_size()
        self.broker.settings |= {
            "schloss.oauthbearer.jwks.address": f"127.0.0.1:{moved.port}",
            "schloss.oauthbearer.jwks.ca.file": self.broker.path("moved.pem")}
        self.broker.write_config()
        self.broker.hang_up()
        self.broker.await_log(IN_FORCE, mark)
        self.assertIsNotNone(self.log_in(other.token("alice")))
        self.broker.settings["sasl.oauthbearer.jwks.endpoint.url"] = "https://other.test/"
        self.broker.write_config()
        self.broker.hang_up()
        self.broker.await_log(r"sasl.oauthbearer.jwks.endpoint.url changed and takes a "
                              r"restart.*REL003", mark)
        mark = self.broker.log_size()
        self.broker.settings = kept
        self.broker.write_config()
        self.broker.hang_up()
        self.broker.await_log(IN_FORCE, mark)

    def test_a_plugin_that_dies_gets_the_last_good_keys(self):
        self.server.act = lambda connection: connection.sendall(answer(b"{}"))
        mark = self.broker.log_size()
        victim = [pid for pid in self.broker.pids("auth") if any(  # the newest
            "/oauthbearer.so" in line for line in open(
                f"/proc/{pid}/maps", encoding="ascii", errors="replace"))][-1]
        os.kill(victim, 9)
        self.broker.await_log(r"auth-oauthbearer ended by signal 9", mark)
        schloss.eventually(lambda: self.log_in(self.issuer.token("alice")), 30, "it works again")
