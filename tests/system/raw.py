"""raw - the protocol byte by byte, for clients that do what no library would."""

import itertools
import socket
import ssl
import struct
import time

PRODUCE, FETCH, LIST_OFFSETS, METADATA = 0, 1, 2, 3
OFFSET_COMMIT, FIND_COORDINATOR, JOIN_GROUP = 8, 10, 11
SASL_HANDSHAKE, API_VERSIONS, CREATE_TOPICS, SASL_AUTHENTICATE = 17, 18, 19, 36

NONE, ILLEGAL_SASL_STATE, UNSUPPORTED_VERSION = 0, 34, 35
REQUEST_TIMED_OUT, CLUSTER_DENIED = 7, 31
UNSUPPORTED_MECHANISM, SASL_AUTHENTICATION_FAILED = 33, 58


def string(text):
    data = text if isinstance(text, bytes) else text.encode()
    return struct.pack(">h", len(data)) + data


def blob(data):
    return struct.pack(">i", len(data)) + data


def header(api, version, correlation, client_id="system-test"):
    name = struct.pack(">h", -1) if client_id is None else string(client_id)
    return struct.pack(">hhi", api, version, correlation) + name


def request(api, version, correlation, body=b"", client_id="system-test"):
    """A frame with header v1: what versions before the flexible ones have."""
    return blob(header(api, version, correlation, client_id) + body)


def metadata_body(*topics):
    """Metadata v1; no topic: just the brokers."""
    return struct.pack(">i", len(topics)) + b"".join(string(t) for t in topics)


def plain(user, password, authzid=""):
    return f"{authzid}\0{user}\0{password}".encode()


_numbers = itertools.count()


def fresh_address():
    """One of this machine that no connection of this program came from yet."""
    n = next(_numbers)
    return f"127.{20 + n // 62500 % 200}.{n // 250 % 250}.{n % 250 + 1}"


class Closed(Exception):
    """The broker ended the connection."""


class Connection:
    """One TCP connection, with TLS where the listener has it."""

    def __init__(self, broker, listener="SASL_SSL", source="127.0.0.1", timeout=10,
                 tls=None, certificate=None, version=None):
        self.broker = broker
        self.correlation = 0
        self.socket = socket.create_connection(
            ("127.0.0.1", broker.ports[listener]), timeout, (source, 0))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if listener.endswith("SSL") if tls is None else tls:
            context = ssl.create_default_context(cafile=broker.path("tls/ca.pem"))
            if certificate is not None:
                context.set_ciphers("DEFAULT:@SECLEVEL=0")  # weak ones are the broker's to refuse
                context.load_cert_chain(*certificate)
            if version is not None:
                context.minimum_version = context.maximum_version = version
            try:
                self.socket = context.wrap_socket(self.socket, server_hostname="127.0.0.1")
            except (ConnectionError, ssl.SSLError, OSError) as e:
                self.socket.close()
                raise Closed(str(e)) from None

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, data):
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError) as e:
            raise Closed(str(e)) from None

    def receive(self, length):
        data = b""
        while len(data) < length:
            try:
                piece = self.socket.recv(length - len(data))
            except (ConnectionResetError, ssl.SSLError) as e:
                raise Closed(str(e)) from None
            if not piece:
                raise Closed(f"end of stream after {len(data)} of {length} bytes")
            data += piece
        return data

    def frame(self):
        return self.receive(struct.unpack(">i", self.receive(4))[0])

    def ask(self, api, version, body=b"", client_id="system-test"):
        """Sends a request of a version with header v1; the answer behind its header v0."""
        self.correlation += 1
        self.send(request(api, version, self.correlation, body, client_id))
        answer = self.frame()
        got = struct.unpack(">i", answer[:4])[0]
        if got != self.correlation:
            raise AssertionError(f"answer to {got}, not to {self.correlation}")
        return answer[4:]

    def is_closed(self, seconds=5):
        """Whether the broker ends the connection in that time; what it sends is dropped."""
        deadline = time.monotonic() + seconds
        try:
            while time.monotonic() < deadline:
                self.socket.settimeout(max(deadline - time.monotonic(), 0.01))
                if not self.socket.recv(65536):
                    return True
        except socket.timeout:
            return False
        except OSError:
            return True
        return False

    # -- requests that tests have in common --

    def api_versions(self):
        """v0: {key: (min, max)}."""
        answer = self.ask(API_VERSIONS, 0)
        error, count = struct.unpack(">hi", answer[:6])
        if error != NONE:
            raise AssertionError(f"ApiVersions: error {error}")
        rows = struct.iter_unpack(">hhh", answer[6:6 + 6 * count])
        return {key: (low, high) for key, low, high in rows}

    def metadata(self, *topics):
        """v1, as bytes; raises when it is no answer."""
        return self.ask(METADATA, 1, metadata_body(*topics))

    def handshake(self, mechanism="PLAIN", version=1):
        """(error, mechanisms)."""
        answer = self.ask(SASL_HANDSHAKE, version, string(mechanism))
        error, count = struct.unpack(">hi", answer[:6])
        names, at = [], 6
        for _ in range(count):
            length = struct.unpack(">h", answer[at:at + 2])[0]
            names.append(answer[at + 2:at + 2 + length].decode())
            at += 2 + length
        return error, names

    def authenticate(self, token, version=0):
        """The error code; 0 is success."""
        answer = self.ask(SASL_AUTHENTICATE, version, blob(token))
        return struct.unpack(">h", answer[:2])[0]

    def login(self, user="alice"):
        error, _ = self.handshake()
        if error == NONE:
            error = self.authenticate(plain(user, self.broker.secrets[user]))
        if error != NONE:
            raise AssertionError(f"{user} could not log in: error {error}")
        return self
