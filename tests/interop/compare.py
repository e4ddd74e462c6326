"""compare - what of two answers is compared, and where they differ.

All that differs by nature (ids that are made up, clocks, ports, texts for people) is evened out
here and nowhere else; every rule says why it is there.
"""

import json
import re
import struct
import time

import messages

UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<![\w-])[\w-]{21}[AQgw](?![\w-])")
UNKNOWN_SERVER_ERROR = -1
MADE_UP_ID = "11111111-2222-3333-4444-555555555555"  # of a topic that nobody has
NOW_MS = time.time() * 1000 - 86400000  # times in the tests' own records lie long before

# Fields that name an entry of a list, so that a path says which entry differs.
KEYS = ("Name", "TopicName", "Topic", "GroupId", "Key", "ResourceName", "ApiKey", "PartitionIndex",
        "Partition", "MemberId", "NodeId", "BrokerId", "ReplicaId", "User", "Feature", "TopicId",
        "GroupInstanceId", "EntityType", "offset")

# Whose sort of things is each broker's own: only what both have is compared, if both have some.
SHARED_ONLY = {
    ("ApiVersions", "ApiKeys"): "what is not in both is the difference that the documents name",
    ("ApiVersions", "SupportedFeatures"): "features are of the newer group types and of KRaft",
    ("DescribeConfigs", "Configs"): "each broker has settings of its own",
    ("CreateTopics", "Configs"): "as above",
    ("DescribeConfigs", "Synonyms"): "a broker without dynamic settings has fewer levels of them",
    ("DescribeLogDirs", "Topics"): "of all topics, those of other sequences are there too",
}

# The value of the field is the broker's own; what stays is whether there is one.
OWN = {
    "ErrorMessage": "texts for people",
    "Port": "two brokers on one machine",
    "ClusterId": "each cluster has its own",
    "ThrottleTimeMs": "a broker under load may throttle",
    "LogDir": "directories of the tests",
    "TotalBytes": "of the disk, which changes meanwhile",
    "UsableBytes": "as above",
    "FinalizedFeaturesEpoch": "the position in each metadata log",
    "BatchIndexErrorMessage": "texts for people",
    "Documentation": "texts for people",
    "SessionId": "made up; whether it is 0 stays",
    "ProducerId": "made up; whether it is -1 stays",
    "PushIntervalMs": "random in part",
    "ReplicaDirectoryId": "made up",
    "LastTimestamp": "the clock",
    "LastCaughtUpTimestamp": "the clock",
    "LastFetchTimestamp": "the clock",
}

# What is told of what is only in one of the brokers.
LEFT_OUT = {
    ("DescribeQuorum", "HighWatermark"): "the position in each metadata log",
    ("DescribeQuorum", "LogEndOffset"): "as above",
    ("DescribeQuorum", "LeaderEpoch"): "each start of a controller is a new epoch",
    ("DescribeQuorum", "Nodes"): "a controller inside the broker has no listener of its own",
}


class Ids:
    """Ids get the number of the request whose answer showed them first, so that two runs compare:
    id3 is the first new one in the answer to request 3, id3.2 the second."""

    def __init__(self, prefix):
        self.prefix = prefix  # of the names that are the sequence's own
        self.request = 0
        self.fresh = 0
        self.seen = {}

    def begin(self, request):
        self.request, self.fresh = request, 0

    def name(self, found):
        text = found.group(0)
        if text in (messages.NO_ID, MADE_UP_ID):
            return text
        if text not in self.seen:
            self.fresh += 1
            self.seen[text] = f"id{self.request}" + ("" if self.fresh == 1 else f".{self.fresh}")
        return self.seen[text]

    def even(self, text):
        return UUID.sub(self.name, text.replace(self.prefix, ""))


def varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 0x7f) << shift
        shift += 7
        at += 1
        if data[at - 1] < 0x80:
            return (value >> 1) ^ -(value & 1), at


def batches(data):
    """Record batches as dicts: the header's fields, and the records' bytes in hex."""
    found, at = [], 0
    names = ("offset", "length", "leaderEpoch", "magic", "crc", "attributes", "lastOffsetDelta",
             "baseTimestamp", "maxTimestamp", "producerId", "producerEpoch", "baseSequence",
             "count")
    while at + 61 <= len(data):
        batch = dict(zip(names, struct.unpack(">qiibIhiqqqhii", data[at:at + 61])))
        end = at + 12 + batch["length"]
        if end > len(data):
            break  # cut by a limit: clients drop it, and a broker need not send it
        batch["records"] = data[at + 61:end].hex()
        for name in ("baseTimestamp", "maxTimestamp"):
            if batch[name] > NOW_MS:
                batch[name], batch["crc"] = "now", "of the time"
        if batch["producerId"] != -1:
            batch["producerId"], batch["crc"] = "own", "of the id"
        found.append(batch)
        at = end
    return found


def blanked(value):
    return UUID.sub("id", json.dumps(value, default=str, sort_keys=True))


def own(name, value):
    if value in (None, "", 0, -1):
        return value if "Message" not in name and name != "ThrottleTimeMs" else "own"
    return "own"


def even(api, name, value, ids):
    """A value as it is compared: lists of structs become dicts by the field that names them."""
    if name in OWN:
        return own(name, value)
    if isinstance(value, dict):
        return {key: even(api, key, value[key], ids) for key in value
                if (api, key) not in LEFT_OUT}
    if isinstance(value, list):
        return even_list(api, name, value, ids)
    if isinstance(value, bytes):
        if api == "Fetch" and name == "Records":
            return even(api, "batches", batches(value), ids)
        return value.hex()
    if isinstance(value, str):
        return ids.even(value)
    if isinstance(value, int) and not isinstance(value, bool) and NOW_MS < value < 4 * NOW_MS:
        return "now"
    return value


def is_empty(item):
    """A topic that was asked about without a partition: some leave it out of the answer."""
    lists = [v for v in item.values() if isinstance(v, list)]
    return len(lists) == 1 and lists[0] == [] and set(item) <= {
        "Name", "Topic", "TopicName", "TopicId", "Partitions", "PartitionResponses"}


def even_list(api, name, value, ids):
    if not value or not isinstance(value[0], dict):
        items = [even(api, name, item, ids) for item in value]
        return sorted(items, key=str) if name != "Replicas" else items
    items = [even(api, name, item, ids) for item in sorted(value, key=blanked)
             if not is_empty(item)]
    for key in KEYS:
        names = [str(item[key]) for item in items if item.get(key) is not None]
        if len(set(names)) == len(items):
            return dict(zip(names, items))
    return {str(i): item for i, item in enumerate(items)}


def differences(api, theirs, ours, path="", name=""):
    """Yields (path, value of the first, value of the second); the first is Apache Kafka's."""
    theirs, ours = without_unforeseen(theirs, ours)
    theirs, ours = [{} if side == [] and isinstance(other, dict) else side
                    for side, other in ((theirs, ours), (ours, theirs))]
    if not isinstance(ours, dict) or not isinstance(theirs, dict):
        if ours != theirs:
            yield path, theirs, ours
        return
    shared_only = (api, name) in SHARED_ONLY
    if shared_only and bool(theirs) != bool(ours):
        yield path, f"{len(theirs)} entries", f"{len(ours)} entries"
        return
    entries = is_entry(name, theirs, ours)
    for key in sorted(set(ours) | set(theirs)):
        inner = f"{path}[{key}]" if entries else f"{path}.{key}".lstrip(".")
        if key in ours and key in theirs:
            yield from differences(api, theirs[key], ours[key], inner, name if entries else key)
        elif not shared_only:
            yield inner, theirs.get(key, "(not there)"), ours.get(key, "(not there)")


def without_unforeseen(first, second):
    """Where Apache Kafka says UNKNOWN_SERVER_ERROR it met what it did not foresee. Any error, or
    the end of the connection, is as good; the other fields beside such an error say nothing."""
    if isinstance(first, dict) and first.get("ErrorCode") == UNKNOWN_SERVER_ERROR and isinstance(
            second, dict) and second.get("ErrorCode", 0) != 0:
        return {}, {}
    return first, second


def is_entry(name, *values):
    """Whether dicts were lists: their values are all structs, and they have the list's name."""
    return name != "" and all(isinstance(v, dict) for value in values for v in value.values())
