"""sequences_frames - ApiVersions, logins, who may what, and frames that are none."""

import struct

from batch import batch
from compare import MADE_UP_ID
from sequence import ALL, HIGH, LOW, on

SOFTWARE = {"ClientSoftwareName": "differential", "ClientSoftwareVersion": "1.0"}


# -- ApiVersions --

@on("ApiVersions", ALL)
def versions(t):
    t.ask(**SOFTWARE)
    t.ask(**SOFTWARE)


@on("ApiVersions", first=3)
def names_of_software(t):
    for name in ("", " ", "a b", "-a", "a-", "ok-1.0", "x" * 300, "ü", "a\0"):
        t.ask(ClientSoftwareName=name, ClientSoftwareVersion="1.0")
        t.ask(ClientSoftwareName="ok", ClientSoftwareVersion=name)


@on("ApiVersions", LOW)
def unknown_versions(t):
    """The answer has the form of version 0."""
    for version in (5, 99, 32767, -1):
        header = struct.pack(">hhih", 18, version, 1, -1)
        t.bytes(header + b"\0\x02a\x02b\0")
    t.ask(**SOFTWARE)


# -- logins --

def token(user, password, authzid=""):
    return f"{authzid}\0{user}\0{password}".encode()


@on("SaslHandshake", ALL)
def mechanisms(t):
    for name in ("SCRAM-SHA-256", "", "plain", "GSSAPI"):
        t.open("a", "SASL_PLAINTEXT")
        t.ask(Mechanism=name)
        t.ask(Mechanism="PLAIN")
        t.drop()


@on("SaslHandshake", HIGH)
def a_handshake_where_there_is_none(t):
    t.ask(Mechanism="PLAIN")
    t.ask("Metadata", 4, Topics=[])


@on("SaslHandshake", HIGH)
def twice(t):
    t.open("a", "SASL_PLAINTEXT")
    t.ask(Mechanism="PLAIN")
    t.ask(Mechanism="PLAIN")


@on("SaslAuthenticate", ALL)
def logins(t):
    t.open("a", "SASL_PLAINTEXT")
    t.ask("SaslHandshake", 1, Mechanism="PLAIN")
    t.ask(AuthBytes=token("alice", t.peer.secrets["alice"]))
    t.ask("Metadata", 4, Topics=[])
    t.ask("ApiVersions", 3, **SOFTWARE)
    t.ask(AuthBytes=token("alice", t.peer.secrets["alice"]))


@on("SaslAuthenticate")
def failed_logins(t):
    secret = t.peer.secrets["alice"]
    for data in (
            token("alice", "wrong"), token("nobody", "x"), token("", ""), b"", b"\0", b"\0\0",
            b"\0\0\0", b"alice", token("alice", secret, "bob"), token("alice", ""),
            token("alice", secret) + b"\0", b"\xff\xfe\0a\0b"):
        t.open("a", "SASL_PLAINTEXT")
        t.quiet("SaslHandshake", 1, Mechanism="PLAIN")
        t.ask(AuthBytes=data)
        t.ask("Metadata", 4, Topics=[])
        t.drop()


@on("SaslAuthenticate", HIGH)
def an_authzid_of_ones_own(t):
    t.open("a", "SASL_PLAINTEXT")
    t.quiet("SaslHandshake", 1, Mechanism="PLAIN")
    t.ask(AuthBytes=token("alice", t.peer.secrets["alice"], "alice"))
    t.ask("Metadata", 4, Topics=[])


@on("SaslAuthenticate", HIGH)
def out_of_order(t):
    for steps in ((("SaslAuthenticate", 2, {"AuthBytes": b"x"}),),
                  (("Metadata", 4, {"Topics": []}),),
                  (("ApiVersions", 3, SOFTWARE), ("ApiVersions", 3, SOFTWARE)),
                  (("ApiVersions", 3, SOFTWARE), ("Metadata", 4, {"Topics": []})),
                  (("SaslHandshake", 1, {"Mechanism": "PLAIN"}),
                   ("Metadata", 4, {"Topics": []})),
                  (("SaslHandshake", 1, {"Mechanism": "PLAIN"}), ("ApiVersions", 3, SOFTWARE)),
                  (("ApiVersions", 0, {}), ("SaslHandshake", 1, {"Mechanism": "PLAIN"}),
                   ("SaslAuthenticate", 2,
                    {"AuthBytes": token("alice", t.peer.secrets["alice"])}),
                   ("ApiVersions", 4, SOFTWARE))):
        t.open("a", "SASL_PLAINTEXT")
        for api, version, values in steps:
            t.ask(api, version, **values)
        t.drop()


@on("SaslAuthenticate", LOW)
def raw_tokens_after_handshake_0(t):
    t.open("a", "SASL_PLAINTEXT")
    t.quiet("SaslHandshake", 0, Mechanism="PLAIN")
    line = t.line()
    line.send(token("alice", t.peer.secrets["alice"]))
    t.note("(token)", line.frame().hex())
    t.ask("Metadata", 4, Topics=[])
    t.open("b", "SASL_PLAINTEXT")
    t.quiet("SaslHandshake", 0, on="b", Mechanism="PLAIN")
    t.bytes(token("alice", "wrong"), on="b")


@on("SaslAuthenticate", HIGH)
def again_while_logged_in(t):
    t.login("a", "alice")
    t.ask("SaslHandshake", 1, Mechanism="PLAIN")
    t.ask(AuthBytes=token("alice", t.peer.secrets["alice"]))
    t.ask("Metadata", 4, Topics=[])


@on("SaslAuthenticate", HIGH)
def again_as_somebody_else(t):
    t.login("a", "alice")
    t.ask("SaslHandshake", 1, Mechanism="PLAIN")
    t.ask(AuthBytes=token("bob", t.peer.secrets["bob"]))
    t.ask("Metadata", 4, Topics=[])


# -- who may what --

def denials(t, user):
    """Every API as a user with few rights or none."""
    name, topic_id = t.topic()
    group = t.own("g")
    t.login("a", user)
    place = {"Name": name, "TopicId": topic_id}
    for api, values in (
            ("Metadata", {"Topics": [{"Name": name}]}),
            ("Metadata", {"Topics": [{"Name": None, "TopicId": topic_id}]}),
            ("Metadata", {"Topics": [{"Name": t.own("no")}], "AllowAutoTopicCreation": True}),
            ("Produce", {"Acks": -1, "TimeoutMs": 1000, "TopicData": [
                {**place, "PartitionData": [{"Index": 0, "Records": batch(b"a")}]}]}),
            ("Fetch", {"MaxWaitMs": 100, "MinBytes": 0, "Topics": [
                {"Topic": name, "TopicId": topic_id, "Partitions": [
                    {"Partition": 0, "FetchOffset": 0, "PartitionMaxBytes": 1000}]}]}),
            ("ListOffsets", {"ReplicaId": -1, "Topics": [
                {"Name": name, "Partitions": [{"PartitionIndex": 0, "Timestamp": -1}]}]}),
            ("FindCoordinator", {"CoordinatorKeys": [group]}),
            ("FindCoordinator", {"CoordinatorKeys": [group], "KeyType": 1}),
            ("JoinGroup", {"GroupId": group, "SessionTimeoutMs": 30000,
                           "RebalanceTimeoutMs": 30000, "ProtocolType": "consumer",
                           "Protocols": [{"Name": "range", "Metadata": b""}]}),
            ("SyncGroup", {"GroupId": group, "ProtocolType": "consumer",
                           "ProtocolName": "range"}),
            ("Heartbeat", {"GroupId": group}),
            ("LeaveGroup", {"GroupId": group, "Members": [{"MemberId": "x"}]}),
            ("DescribeGroups", {"Groups": [group], "IncludeAuthorizedOperations": True}),
            ("DeleteGroups", {"GroupsNames": [group]}),
            ("OffsetCommit", {"GroupId": group, "GenerationIdOrMemberEpoch": -1, "Topics": [
                {**place, "Partitions": [{"PartitionIndex": 0, "CommittedOffset": 1}]}]}),
            ("OffsetFetch", {"Groups": [{"GroupId": group, "Topics": [
                {**place, "PartitionIndexes": [0]}]}]}),
            ("OffsetDelete", {"GroupId": group, "Topics": [
                {"Name": name, "Partitions": [{"PartitionIndex": 0}]}]}),
            ("CreateTopics", {"timeoutMs": 1000, "Topics": [
                {"Name": t.own("new"), "NumPartitions": 1, "ReplicationFactor": 1}]}),
            ("DeleteTopics", {"TimeoutMs": 1000, "Topics": [{"Name": name}]}),
            ("DeleteTopics", {"TimeoutMs": 1000, "Topics": [
                {"Name": None, "TopicId": topic_id}]}),
            ("DeleteTopics", {"TimeoutMs": 1000, "Topics": [{"Name": t.own("no")}]}),
            ("CreatePartitions", {"TimeoutMs": 1000, "Topics": [
                {"Name": name, "Count": 2, "Assignments": None}]}),
            ("DeleteRecords", {"TimeoutMs": 1000, "Topics": [
                {"Name": name, "Partitions": [{"PartitionIndex": 0, "Offset": 0}]}]}),
            ("InitProducerId", {"TransactionalId": None, "TransactionTimeoutMs": 1000}),
            ("InitProducerId", {"TransactionalId": "x", "TransactionTimeoutMs": 1000}),
            ("DescribeConfigs", {"Resources": [
                {"ResourceType": 2, "ResourceName": name, "ConfigurationKeys": ["segment.ms"]}]}),
            ("DescribeConfigs", {"Resources": [
                {"ResourceType": 4, "ResourceName": "1", "ConfigurationKeys": ["node.id"]}]}),
            ("AlterConfigs", {"Resources": [
                {"ResourceType": 2, "ResourceName": name, "Configs": []}]}),
            ("IncrementalAlterConfigs", {"Resources": [
                {"ResourceType": 2, "ResourceName": name, "Configs": []}]}),
            ("DescribeLogDirs", {"Topics": [{"Topic": name, "Partitions": [0]}]}),
            ("AlterReplicaLogDirs", {"Dirs": [
                {"Path": "/x", "Topics": [{"Name": name, "Partitions": [0]}]}]}),
            ("ElectLeaders", {"TimeoutMs": 1000, "TopicPartitions": [
                {"Topic": name, "Partitions": [0]}]}),
            ("AlterPartitionReassignments", {"TimeoutMs": 1000, "Topics": [
                {"Name": name, "Partitions": [{"PartitionIndex": 0, "Replicas": [1]}]}]}),
            ("ListPartitionReassignments", {"TimeoutMs": 1000, "Topics": None}),
            ("DescribeCluster", {"IncludeClusterAuthorizedOperations": True}),
            ("ListConfigResources", {"ResourceTypes": [2]}),
            ("DescribeTopicPartitions", {"Topics": [{"Name": name}],
                                         "ResponsePartitionLimit": 10})):
        t.ask(api, t.top(api), **values)


@on("Metadata", HIGH)
def without_rights(t):
    denials(t, "mallory")


@on("Metadata", HIGH)
def with_the_rights_of_a_consumer(t):
    denials(t, "bob")


@on("OffsetForLeaderEpoch", HIGH)
def newer_requests_without_rights(t):
    name, _ = t.topic()
    t.login("a", "mallory")
    any_rule = {"ResourceTypeFilter": 1, "PatternTypeFilter": 1, "Operation": 1,
                "PermissionType": 1}
    for api, values in (
            ("OffsetForLeaderEpoch", {"ReplicaId": -1, "Topics": [
                {"Topic": name, "Partitions": [{"Partition": 0, "LeaderEpoch": 0}]}]}),
            ("DescribeProducers", {"Topics": [{"Name": name, "PartitionIndexes": [0]}]}),
            ("DescribeQuorum", {"Topics": [{"TopicName": "__cluster_metadata", "Partitions": [
                {"PartitionIndex": 0}]}]}),
            ("UpdateFeatures", {"timeoutMs": 1000, "FeatureUpdates": []}),
            ("DescribeClientQuotas", {"Components": []}),
            ("AlterClientQuotas", {"Entries": []}),
            ("DescribeAcls", any_rule),
            ("CreateAcls", {"Creations": []}), ("DeleteAcls", {"Filters": [any_rule]}),
            ("DescribeUserScramCredentials", {"Users": [{"Name": "x"}]}),
            ("AlterUserScramCredentials", {"Deletions": [{"Name": "x", "Mechanism": 1}]})):
        t.ask(api, t.top(api), **values)


# -- frames --

@on("ApiVersions", LOW)
def frames_of_no_request(t):
    for frame in (b"", b"\0", struct.pack(">hhi", 18, 0, 1), struct.pack(">hhih", 999, 0, 1, -1),
                  struct.pack(">hhih", -1, 0, 1, -1), struct.pack(">hhih", 18, 0, 1, -2),
                  struct.pack(">hhih", 18, 0, 1, 100), struct.pack(">hhih", 4, 0, 1, -1),
                  struct.pack(">hhih", 3, 99, 1, -1), struct.pack(">hhih", 3, -1, 1, -1),
                  struct.pack(">hhih", 0, 2, 1, -1)):
        t.bytes(frame)
        t.drop()


@on("ApiVersions", LOW)
def many_at_once(t):
    """Answers come in the order of the requests, whatever each of them waits for."""
    name, topic_id = t.topic()
    place = {"Name": name, "TopicId": topic_id}
    sent = [
        t.send("Fetch", 11, MaxWaitMs=500, MinBytes=1, Topics=[{"Topic": name, "Partitions": [
            {"Partition": 0, "FetchOffset": 0, "PartitionMaxBytes": 1000}]}]),
        t.send("Metadata", 4, Topics=[]),
        t.send("Produce", 9, Acks=-1, TimeoutMs=1000, TopicData=[
            {**place, "PartitionData": [{"Index": 0, "Records": batch(b"a")}]}]),
        t.send("ListOffsets", 1, ReplicaId=-1, Topics=[
            {"Name": name, "Partitions": [{"PartitionIndex": 0, "Timestamp": -1}]}]),
        t.send("FindCoordinator", 2, Key=t.own("g"))]
    for one in sent:
        t.receive(one)


@on("ApiVersions", LOW)
def names_of_clients(t):
    for name in (None, "", "x" * 1000, "ü", "a b", "a\0b"):
        t.receive(t.send("Metadata", 4, client_id=name, Topics=[]))
        t.receive(t.send("Metadata", 9, client_id=name, Topics=[]))


@on("ApiVersions", LOW)
def numbers_of_requests(t):
    for number in (-1, -2147483648, 2147483647, 0):
        t.line().correlation = number - 1
        t.ask("Metadata", 4, Topics=[])


@on("ApiVersions", LOW)
def sizes_that_are_none(t):
    for size in (-1, -2147483648, 2147483647, 104857601):
        t.line().send(b"xxxx", size)
        t.end_of_stream()
        t.drop()


def shapes(t, frame, body):
    """A request's frame cut at its end, with a byte more, and with an absurd first count."""
    for data in (frame[:-1], frame[:-2], frame + b"\0", frame[:body],
                 frame[:body] + b"\x7f\xff\xff\xff" + frame[body + 4:],
                 frame[:body] + b"\xff\xff\xff\xfe" + frame[body + 4:]):
        t.bytes(data)
        t.drop()


@on("Metadata")
def broken_metadata(t):
    name, _ = t.topic()
    frame = t.frame(Topics=[{"Name": name}])
    shapes(t, frame, len(t.peer.protocol.header("Metadata", t.version, 1)))


@on("Produce")
def broken_produce(t):
    name, topic_id = t.topic()
    frame = t.frame(Acks=-1, TimeoutMs=1000, TopicData=[
        {"Name": name, "TopicId": topic_id, "PartitionData": [
            {"Index": 0, "Records": batch(b"a")}]}])
    shapes(t, frame, len(t.peer.protocol.header("Produce", t.version, 1)))


@on("Fetch")
def broken_fetch(t):
    frame = t.frame(MaxWaitMs=0, Topics=[{"Topic": t.own("no"), "TopicId": MADE_UP_ID,
                                          "Partitions": [{"Partition": 0}]}])
    shapes(t, frame, len(t.peer.protocol.header("Fetch", t.version, 1)))


@on("JoinGroup")
def broken_join(t):
    frame = t.frame(GroupId=t.own("g"), MemberId="nobody", ProtocolType="consumer", Protocols=[
        {"Name": "range", "Metadata": b"x"}])
    shapes(t, frame, len(t.peer.protocol.header("JoinGroup", t.version, 1)))


@on("CreateTopics")
def broken_create(t):
    frame = t.frame(Topics=[{"Name": t.own("t"), "NumPartitions": 1, "ReplicationFactor": 1}],
                    timeoutMs=1000)
    shapes(t, frame, len(t.peer.protocol.header("CreateTopics", t.version, 1)))


@on("Metadata", HIGH)
def unknown_tags(t):
    frame = t.frame(Topics=[])
    t.bytes(frame[:-1] + b"\x01\x63\x02ab")
    t.bytes(frame[:-1] + b"\x02\x63\x02ab\x64\x00")
    t.bytes(frame[:-1] + b"\x01\x63\x09ab")  # longer than what is there
    t.bytes(frame[:-1] + b"\x80\x00")         # a longer zero than needed


@on("Metadata", HIGH)
def tags_out_of_order(t):
    frame = t.frame(Topics=[])
    t.bytes(frame[:-1] + b"\x02\x64\x00\x63\x02ab")
    t.bytes(frame[:-1] + b"\x02\x63\x00\x63\x00")
