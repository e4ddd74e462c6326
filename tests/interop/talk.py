"""talk - one sequence of requests with one broker, and what came of each."""

import contextlib
import socket
import struct
import time
import zlib

import messages

ANSWER_SECONDS = 20


class Closed(Exception):
    """The broker ended the connection."""


class Silent(Exception):
    """No answer in time."""


class Peer:
    """One of the two brokers."""

    def __init__(self, name, protocol, ports, secrets):
        self.name = name
        self.protocol = protocol
        self.ports = ports
        self.secrets = secrets
        self.versions = {}  # what it advertises: {name: (low, high)}


class Line:
    """One connection."""

    def __init__(self, peer, listener="PLAINTEXT", source="127.0.0.1"):
        self.peer = peer
        self.correlation = 0
        self.socket = socket.create_connection(("127.0.0.1", peer.ports[listener]),
                                               ANSWER_SECONDS, (source, 0))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, frame, size=None):
        """size: what the frame says it has, where that is not the truth."""
        try:
            self.socket.sendall(struct.pack(">i", len(frame) if size is None else size) + frame)
        except (BrokenPipeError, ConnectionResetError) as e:
            raise Closed(str(e)) from None

    def take(self, length):
        data = b""
        while len(data) < length:
            try:
                piece = self.socket.recv(length - len(data))
            except ConnectionResetError as e:
                raise Closed(str(e)) from None
            except socket.timeout:
                raise Silent() from None
            if not piece:
                raise Closed("end of stream")
            data += piece
        return data

    def frame(self, seconds=ANSWER_SECONDS):
        self.socket.settimeout(seconds)
        return self.take(struct.unpack(">i", self.take(4))[0])

    def close(self):
        self.socket.close()


def own(sequence, what):
    """A name that no other sequence uses."""
    return f"{sequence}-{what}".replace("/", "-").replace("@", "-")


class Talk:
    """What a sequence is given. ask() records the outcome, quiet() does not."""

    def __init__(self, peer, sequence):
        self.peer = peer
        self.api, self.version, self.name = sequence.api, sequence.version, sequence.name
        self.lines = {}
        self.opened = 0
        self.steps = []  # (api, version, outcome): a dict, or words
        self.pending = {}

    def close(self):
        for line in self.lines.values():
            line.close()

    def own(self, what):
        return own(self.name, what)

    def top(self, api):
        """The highest version that both have, or Apache Kafka alone."""
        return self.peer.versions[api][1]

    # -- connections --

    def line(self, on="a"):
        if on not in self.lines:
            self.open(on, "PLAINTEXT")
        return self.lines[on]

    def open(self, on, listener):
        """From an address of its own: one that misbehaved may be turned away for a while."""
        self.opened += 1
        place = zlib.crc32(self.name.encode())
        self.lines[on] = Line(self.peer, listener, f"127.{1 + place % 250}.{place // 250 % 250}."
                                                   f"{self.opened}")

    def login(self, on, user):
        self.open(on, "SASL_PLAINTEXT")
        self.quiet("SaslHandshake", 1, on=on, Mechanism="PLAIN")
        token = f"\0{user}\0{self.peer.secrets[user]}".encode()
        answer = self.quiet("SaslAuthenticate", 2, on=on, AuthBytes=token)
        if answer["ErrorCode"] != 0:
            raise AssertionError(f"{user} could not log in: {answer}")

    def drop(self, on="a"):
        if on in self.lines:
            self.lines.pop(on).close()

    # -- requests --

    def send(self, api=None, version=None, on="a", client_id="differential", **values):
        """Sends without waiting; returns what receive() needs."""
        api = api or self.api
        version = self.version if version is None else version
        line = self.line(on)
        line.correlation += 1
        frame = self.peer.protocol.request(api, version, line.correlation, values,
                                           client_id=client_id)
        try:
            line.send(frame)
        except Closed:
            pass  # receive() says so
        return api, version, on, line.correlation

    def outcome(self, api, version, on, correlation, seconds=ANSWER_SECONDS):
        try:
            got, values = self.peer.protocol.answer(api, version, self.line(on).frame(seconds))
        except Closed:
            self.drop(on)
            return "connection closed"
        except Silent:
            self.drop(on)
            return "no answer"
        except (messages.Malformed, struct.error) as e:
            self.drop(on)
            return f"no answer of this version: {e}"
        if correlation is not None and got != correlation:
            return f"answer to another request: {got - correlation}"
        return values

    def receive(self, sent, seconds=ANSWER_SECONDS):
        found = self.outcome(*sent, seconds=seconds)
        self.steps.append((sent[0], sent[1], found))
        return found if isinstance(found, dict) else {}

    def ask(self, api=None, version=None, on="a", **values):
        return self.receive(self.send(api, version, on, **values))

    def quiet(self, api, version=None, on="a", **values):
        version = self.top(api) if version is None else version
        found = self.outcome(*self.send(api, version, on, **values))
        if not isinstance(found, dict):
            raise AssertionError(f"{self.peer.name}: {api} v{version}: {found}")
        return found

    def note(self, what, value):
        """Records something that is no answer."""
        self.steps.append((what, 0, value if isinstance(value, dict) else str(value)))

    # -- bytes --

    def frame(self, api=None, version=None, **values):
        """The frame of a request, to be changed by the test."""
        line = self.line()
        line.correlation += 1
        return self.peer.protocol.request(api or self.api,
                                          self.version if version is None else version,
                                          line.correlation, values)

    def bytes(self, frame, size=None, api=None, version=None, seconds=ANSWER_SECONDS, on="a"):
        """Sends a frame as it is."""
        api, version = api or self.api, self.version if version is None else version
        try:
            self.line(on).send(frame, size)
        except Closed:
            pass
        return self.receive((api, version, on, None), seconds)

    def end_of_stream(self, on="a"):
        """For a frame that is cut: nothing follows, so the broker can only close."""
        with contextlib.suppress(OSError):  # it may have closed already
            self.line(on).socket.shutdown(socket.SHUT_WR)
        return self.receive((self.api, self.version, on, None))

    # -- what many need --

    def eventually(self, condition, what):
        deadline = time.monotonic() + ANSWER_SECONDS
        while True:
            value = condition()
            if value:
                return value
            if time.monotonic() > deadline:
                raise AssertionError(f"{self.peer.name}: not in time: {what}")
            time.sleep(0.02)

    def topic(self, what="t", partitions=1, configs=None):
        """(name, id) of a new topic that is ready."""
        name = self.own(what)
        answer = self.quiet("CreateTopics", Topics=[
            {"Name": name, "NumPartitions": partitions, "ReplicationFactor": 1,
             "Configs": [{"Name": k, "Value": v} for k, v in (configs or {}).items()]}],
            timeoutMs=30000)
        if answer["Topics"][0]["ErrorCode"] != 0:
            raise AssertionError(f"{self.peer.name}: {name} was not created: {answer}")
        return name, self.await_topic(name, partitions)

    def await_topic(self, name, partitions=1):
        def ready():
            found = self.quiet("Metadata", Topics=[{"Name": name}],
                               AllowAutoTopicCreation=False)["Topics"][0]
            parts = found["Partitions"]
            return (found["ErrorCode"] == 0 and len(parts) == partitions
                    and all(p["ErrorCode"] == 0 and p["LeaderId"] >= 0 for p in parts)
                    and found["TopicId"])
        topic_id = self.eventually(ready, f"topic {name} with {partitions} partitions")
        def served():
            answer = self.quiet("ListOffsets", 1, ReplicaId=-1, Topics=[{
                "Name": name, "Partitions": [{"PartitionIndex": i, "Timestamp": -1}
                                             for i in range(partitions)]}])
            return all(p["ErrorCode"] == 0 for p in answer["Topics"][0]["Partitions"])
        self.eventually(served, f"topic {name} is served")
        return topic_id

    def produce(self, topic, topic_id, records, partition=0, version=None, acks=-1, **more):
        """Recorded nowhere; the answer's row of the partition."""
        answer = self.quiet("Produce", version, Acks=acks, TimeoutMs=30000, TopicData=[
            {"Name": topic, "TopicId": topic_id,
             "PartitionData": [{"Index": partition, "Records": records}]}], **more)
        row = answer["Responses"][0]["PartitionResponses"][0]
        if row["ErrorCode"] != 0:
            raise AssertionError(f"{self.peer.name}: produce to {topic}: {row}")
        return row
