"""sequences_admin - topics, settings, and what else an administrator asks."""

from batch import batch
from compare import MADE_UP_ID
from sequence import ALL, HIGH, LOW, on

TOPIC, GROUP, CLUSTER, CLIENT_METRICS, BROKER, BROKER_LOGGER = 2, 32, 4, 16, 4, 8
SET, DELETE, APPEND, SUBTRACT = 0, 1, 2, 3


# -- CreateTopics --

def create(t, *rows, version=None, **more):
    return t.ask("CreateTopics", version if version is not None else t.version,
                 Topics=list(rows), timeoutMs=30000, **more)


def row(name, partitions=1, factor=1, configs=(), assignments=()):
    return {"Name": name, "NumPartitions": partitions, "ReplicationFactor": factor,
            "Configs": [{"Name": k, "Value": v} for k, v in configs],
            "Assignments": [{"PartitionIndex": i, "BrokerIds": list(b)} for i, b in assignments]}


@on("CreateTopics", ALL)
def topics(t):
    create(t, row(t.own("t"), 3))
    create(t, row(t.own("t"), 3))
    create(t, row(t.own("u"), 1, configs=[("retention.ms", "1000")]), row(t.own("v")))


@on("CreateTopics")
def tried_topics(t):
    name, _ = t.topic()
    create(t, row(t.own("w")), validateOnly=True)
    create(t, row(name), validateOnly=True)
    t.ask("Metadata", 9, Topics=[{"Name": t.own("w")}], AllowAutoTopicCreation=False)


@on("CreateTopics")
def tried_names(t):
    for name in ("", ".", "..", "a b", "a/b", "ü", "a\0b", "x" * 249, "x" * 250, "__mine"):
        create(t, row(name), validateOnly=True)


@on("CreateTopics")
def tried_internal_names(t):
    for name in ("__cluster_metadata", "__consumer_offsets"):
        create(t, row(name), validateOnly=True)


@on("CreateTopics")
def refused_topics(t):
    create(t, row("__transaction_state"), validateOnly=True)
    create(t, row(t.own("t"), configs=[("preallocate", "true")]), validateOnly=True)


@on("CreateTopics", HIGH)
def names_that_collide(t):
    create(t, row(t.own("a.b")))
    create(t, row(t.own("a_b")))


@on("CreateTopics")
def tried_counts_of_partitions(t):
    for count in (0, -1, -2, -2147483648):
        create(t, row(t.own("t"), count), validateOnly=True)
    for factor in (0, 2, -1, -2, 32767):
        create(t, row(t.own("t"), 1, factor), validateOnly=True)
    create(t, row(t.own("t"), -1, -1), validateOnly=True)
    create(t, row(t.own("t"), 0, 0), validateOnly=True)


@on("CreateTopics")
def tried_assignments(t):
    for count, factor, rows in (
            (-1, -1, [(0, [1])]), (-1, -1, [(0, [1]), (1, [1])]), (1, 1, [(0, [1])]),
            (-1, 1, [(0, [1])]), (1, -1, [(0, [1])]), (-1, -1, [(0, [2])]),
            (-1, -1, [(0, [])]), (-1, -1, [(0, [1, 1])]), (-1, -1, [(0, [1, 2])]),
            (-1, -1, [(1, [1])]), (-1, -1, [(0, [1]), (0, [1])]), (-1, -1, [(0, [1]), (2, [1])]),
            (-1, -1, [(-1, [1])]), (-1, -1, [(0, [-1])])):
        create(t, row(t.own("t"), count, factor, assignments=rows), validateOnly=True)


@on("CreateTopics")
def duplicates(t):
    create(t, row(t.own("t")), row(t.own("t")))
    create(t, row(t.own("t")), row(t.own("t"), 2), row(t.own("u")))
    create(t)


@on("CreateTopics", HIGH)
def tried_settings(t):
    for name, value in (
            ("nonsense", "1"), ("retention.ms", "soon"), ("retention.ms", None),
            ("retention.ms", ""), ("retention.ms", "-2"), ("retention.ms", " 5 "),
            ("retention.ms", "9223372036854775808"), ("retention.bytes", "-5"),
            ("segment.bytes", "0"), ("segment.bytes", "13"), ("segment.bytes", "1048576"),
            ("max.message.bytes", "-1"), ("max.message.bytes", "2147483647"),
            ("max.message.bytes", "0"),
            ("compression.type", "gzip"), ("compression.type", "none"),
            ("compression.type", "producer"),
            ("compression.type", "uncompressed"), ("cleanup.policy", "delete"),
            ("cleanup.policy", "nonsense"), ("cleanup.policy", ""), ("cleanup.policy", "delete,"),
            ("message.timestamp.type", "LogAppendTime"), ("message.timestamp.type", "nonsense"),
            ("message.timestamp.type", "createtime"), ("min.insync.replicas", "0"),
            ("min.insync.replicas", "1"), ("min.insync.replicas", "2"),
            ("unclean.leader.election.enable", "maybe"), ("unclean.leader.election.enable", "TRUE"),
            ("preallocate", "false"), ("flush.ms", "1"), ("flush.messages", "1"),
            ("flush.messages", "0"), ("segment.ms", "0"), ("segment.ms", "1"),
            ("index.interval.bytes", "-1"), ("segment.index.bytes", "3"),
            ("segment.jitter.ms", "-1"), ("file.delete.delay.ms", "1"),
            ("delete.retention.ms", "5"), ("min.cleanable.dirty.ratio", "2"),
            ("min.cleanable.dirty.ratio", "0.4"), ("max.compaction.lag.ms", "0"),
            ("min.compaction.lag.ms", "-1"), ("message.timestamp.before.max.ms", "-1"),
            ("message.timestamp.after.max.ms", "60000"), ("remote.storage.enable", "true"),
            ("local.retention.ms", "-3"), ("message.format.version", "3.0"),
            ("leader.replication.throttled.replicas", "*"),
            ("leader.replication.throttled.replicas", "0:1,1:1"),
            ("leader.replication.throttled.replicas", "x"),
            ("follower.replication.throttled.replicas", ""), ("", "x")):
        create(t, row(t.own("t"), configs=[(name, value)]), validateOnly=True)
    create(t, row(t.own("t"), configs=[("retention.ms", "1"), ("retention.ms", "2")]),
           validateOnly=True)
    create(t, row(t.own("t"), configs=[("retention.ms", "1"), ("retention.ms", "1")]),
           validateOnly=True)
    create(t, row(t.own("t"), configs=[("min.compaction.lag.ms", "9"),
                                       ("max.compaction.lag.ms", "5")]), validateOnly=True)


# -- DeleteTopics --

def delete(t, *names, ids=(), version=None):
    version = t.version if version is None else version
    if version >= 6:
        rows = [{"Name": n} for n in names] + [{"Name": None, "TopicId": i} for i in ids]
        return t.ask("DeleteTopics", version, Topics=rows, TimeoutMs=30000)
    return t.ask("DeleteTopics", version, TopicNames=list(names), TimeoutMs=30000)


@on("DeleteTopics", ALL)
def topics_are_deleted(t):
    names = [t.topic(what)[0] for what in ("t", "u")]
    delete(t, *names, t.own("no"))
    delete(t)
    delete(t, "")
    delete(t, "a b")
    name = t.topic("again")[0]
    delete(t, name, name)
    t.ask("Metadata", 9, Topics=[{"Name": t.own("no")}], AllowAutoTopicCreation=False)


@on("DeleteTopics", HIGH)
def topics_are_deleted_by_id(t):
    name, topic_id = t.topic()
    delete(t, ids=[MADE_UP_ID])
    delete(t, ids=["00000000-0000-0000-0000-000000000000"])
    t.ask(Topics=[{"Name": name, "TopicId": topic_id}], TimeoutMs=1000)
    delete(t, name, ids=[topic_id])
    delete(t, ids=[topic_id, topic_id])
    delete(t, ids=[topic_id])
    delete(t, ids=[topic_id])


@on("DeleteTopics", HIGH)
def internal_topics(t):
    delete(t, "__cluster_metadata")


# -- CreatePartitions --

def grow(t, *rows, **more):
    return t.ask("CreatePartitions", t.version, Topics=[
        {"Name": n, "Count": c, "Assignments": None if a is None else [
            {"BrokerIds": list(b)} for b in a]} for n, c, a in rows], TimeoutMs=30000, **more)


@on("CreatePartitions", ALL)
def partitions(t):
    name = t.topic("t", 2)[0]
    for count in (2, 1, 0, -1):
        grow(t, (name, count, None))
    grow(t, (name, 3, None), ValidateOnly=True)
    grow(t, (name, 3, None))
    t.await_topic(name, 3)
    grow(t, (name, 4, [[1]]))
    t.await_topic(name, 4)
    t.ask("Metadata", 9, Topics=[{"Name": name}], AllowAutoTopicCreation=False)


@on("CreatePartitions")
def bad_partitions(t):
    name = t.topic()[0]
    grow(t, (t.own("no"), 3, None))
    grow(t, ("", 3, None))
    grow(t)
    for count, rows in ((3, [[1]]), (2, [[1], [1]]), (2, [[2]]), (2, [[]]), (2, [[1, 1]]),
                        (2, []), (2, [[-1]]), (2, [[1, 2]])):
        grow(t, (name, count, rows), ValidateOnly=True)
    grow(t, (name, 2, None), (name, 3, None))
    grow(t, (name, 1000000, None), ValidateOnly=True)
    grow(t, (name, 2147483647, None), ValidateOnly=True)


# -- Metadata --

@on("Metadata", ALL)
def metadata(t):
    name, topic_id = t.topic("t", 2)
    t.ask(Topics=[{"Name": name}], AllowAutoTopicCreation=True)
    t.ask(Topics=[{"Name": t.own("no")}], AllowAutoTopicCreation=True)
    t.ask(Topics=[{"Name": "a b"}, {"Name": ""}])
    t.ask(Topics=[{"Name": name}, {"Name": name}])
    if t.version > 0:
        t.ask(Topics=[])
    t.ask(Topics=[{"Name": name}], IncludeTopicAuthorizedOperations=True,
          IncludeClusterAuthorizedOperations=True)
    if t.version >= 10:
        t.ask(Topics=[{"Name": None, "TopicId": topic_id}, {"Name": None, "TopicId": MADE_UP_ID}])
        t.ask(Topics=[{"Name": None}])
        t.ask(Topics=[{"Name": name, "TopicId": topic_id}])


@on("Metadata")
def metadata_of_all_topics(t):
    """Only whether a topic is there: others are left of other sequences."""
    name, _ = t.topic("t")
    found = t.outcome(*t.send(Topics=[] if t.version == 0 else None))
    if isinstance(found, dict):
        found["Topics"] = [r for r in found["Topics"] if r["Name"] == name]
    t.steps.append(("Metadata", t.version, found))


@on("Metadata", LOW, 1, HIGH)
def metadata_of_internal_topics(t):
    t.ask(Topics=[{"Name": "__consumer_offsets"}, {"Name": "__cluster_metadata"}])


@on("DescribeTopicPartitions")
def partitions_of_topics(t):
    one, two = t.topic("a", 3)[0], t.topic("b", 2)[0]
    for limit in (2000, 1, 3, 4, 0, -1):
        t.ask(Topics=[{"Name": two}, {"Name": one}], ResponsePartitionLimit=limit)
    t.ask(Topics=[{"Name": one}, {"Name": t.own("no")}, {"Name": one}, {"Name": "a b"}],
          ResponsePartitionLimit=100)
    for name, at in ((one, 1), (one, 3), (one, 7), (one, -1), (two, 0), (t.own("no"), 0),
                     (t.own("zz"), 0), ("", 0)):
        t.ask(Topics=[{"Name": one}, {"Name": two}], ResponsePartitionLimit=100,
              Cursor={"TopicName": name, "PartitionIndex": at})


@on("DescribeCluster", ALL)
def clusters(t):
    t.ask(IncludeClusterAuthorizedOperations=False)
    t.ask(IncludeClusterAuthorizedOperations=True)
    for kind in (1, 0, 3, -1):
        t.ask(EndpointType=kind)
    t.ask(IncludeFencedBrokers=True)


@on("DescribeCluster", HIGH)
def clusters_of_controllers(t):
    t.ask(EndpointType=2)


# -- settings --

def described(t, kind, name, *keys, **more):
    return t.ask("DescribeConfigs", t.top("DescribeConfigs") if t.api != "DescribeConfigs"
                 else t.version, Resources=[
                     {"ResourceType": kind, "ResourceName": name,
                      "ConfigurationKeys": list(keys) if keys else None}], **more)


@on("DescribeConfigs", ALL)
def settings(t):
    name = t.topic("t", configs={"retention.ms": "1000"})[0]
    described(t, TOPIC, name, "retention.ms", "max.message.bytes", "nonsense")
    described(t, TOPIC, name, "retention.ms", "cleanup.policy", IncludeSynonyms=True)
    described(t, TOPIC, name, IncludeDocumentation=True)
    described(t, BROKER, "1", "log.retention.ms", "node.id")


@on("DescribeConfigs")
def settings_of_what_is_not(t):
    described(t, TOPIC, t.own("no"))
    described(t, TOPIC, "")
    described(t, TOPIC, "a b")
    for name in ("2", "-1", "x", ""):
        described(t, BROKER, name, "node.id")
    for kind in (0, 1, 3, 5, 7, 127, -1):
        described(t, kind, "x")
    described(t, CLIENT_METRICS, "x")
    described(t, GROUP, t.own("g"), "consumer.session.timeout.ms")
    described(t, BROKER_LOGGER, "2")
    t.ask(Resources=[])
    name = t.topic()[0]
    t.ask(Resources=[{"ResourceType": TOPIC, "ResourceName": name, "ConfigurationKeys": []}])
    t.ask(Resources=[{"ResourceType": TOPIC, "ResourceName": name,
                      "ConfigurationKeys": ["retention.ms"]}] * 2)


def alter(t, kind, name, *configs, **more):
    return t.ask("AlterConfigs", t.version, Resources=[
        {"ResourceType": kind, "ResourceName": name,
         "Configs": [{"Name": k, "Value": v} for k, v in configs]}], **more)


@on("AlterConfigs", ALL)
def settings_are_replaced(t):
    name = t.topic("t", configs={"retention.ms": "1000", "segment.ms": "9"})[0]
    alter(t, TOPIC, name, ("retention.ms", "2000"), ValidateOnly=True)
    described(t, TOPIC, name, "retention.ms", "segment.ms")
    alter(t, TOPIC, name, ("retention.ms", "2000"))
    t.eventually(lambda: any(
        c["Value"] == "2000" for c in t.quiet("DescribeConfigs", Resources=[
            {"ResourceType": TOPIC, "ResourceName": name,
             "ConfigurationKeys": ["retention.ms"]}])["Results"][0]["Configs"]), "the change")
    described(t, TOPIC, name, "retention.ms", "segment.ms")


@on("AlterConfigs")
def bad_replacements(t):
    name = t.topic()[0]
    for configs in ([("nonsense", "1")], [("retention.ms", "x")], [("retention.ms", None)],
                    [("retention.ms", "1"), ("retention.ms", "2")], [("", "")]):
        alter(t, TOPIC, name, *configs, ValidateOnly=True)
    alter(t, TOPIC, t.own("no"), ("retention.ms", "1"))
    alter(t, TOPIC, "", ("retention.ms", "1"))
    alter(t, BROKER, "1", ("node.id", "7"))
    alter(t, BROKER, "2", ("log.retention.ms", "7"))
    alter(t, 99, "x", ("a", "b"))
    t.ask(Resources=[])


def change(t, kind, name, *configs, **more):
    return t.ask("IncrementalAlterConfigs", t.version, Resources=[
        {"ResourceType": kind, "ResourceName": name, "Configs": [
            {"Name": k, "ConfigOperation": o, "Value": v} for k, o, v in configs]}], **more)


@on("IncrementalAlterConfigs", ALL)
def settings_are_changed(t):
    name = t.topic("t", configs={"retention.ms": "1000", "segment.ms": "9"})[0]
    change(t, TOPIC, name, ("retention.ms", SET, "2000"), ("segment.ms", DELETE, None))
    t.eventually(lambda: any(
        c["Value"] == "2000" for c in t.quiet("DescribeConfigs", Resources=[
            {"ResourceType": TOPIC, "ResourceName": name,
             "ConfigurationKeys": ["retention.ms"]}])["Results"][0]["Configs"]), "the change")
    described(t, TOPIC, name, "retention.ms", "segment.ms")
    change(t, TOPIC, name, ("cleanup.policy", APPEND, "delete"))
    change(t, TOPIC, name, ("cleanup.policy", SUBTRACT, "compact"))


@on("IncrementalAlterConfigs")
def bad_changes(t):
    name = t.topic()[0]
    for configs in (
            [("nonsense", SET, "1")], [("nonsense", DELETE, None)], [("retention.ms", SET, "x")],
            [("retention.ms", SET, None)], [("retention.ms", 9, "1")],
            [("retention.ms", APPEND, "1")], [("retention.ms", SUBTRACT, "1")],
            [("retention.ms", SET, "1"), ("retention.ms", SET, "2")],
            [("cleanup.policy", APPEND, "nonsense")], [("cleanup.policy", SUBTRACT, "delete")],
            [("cleanup.policy", APPEND, None)], [("", SET, "")], []):
        change(t, TOPIC, name, *configs, ValidateOnly=True)
    change(t, TOPIC, t.own("no"), ("retention.ms", SET, "1"))
    change(t, TOPIC, "", ("retention.ms", SET, "1"))
    change(t, BROKER, "1", ("node.id", SET, "7"))
    change(t, BROKER, "2", ("log.retention.ms", SET, "7"))
    change(t, BROKER, "x", ("log.retention.ms", SET, "7"))
    change(t, 99, "x", ("a", SET, "b"))
    t.ask(Resources=[])
    entry = {"ResourceType": TOPIC, "ResourceName": name, "Configs": []}
    t.ask(Resources=[entry, entry])


@on("ListConfigResources")
def resources(t):
    for kinds in ([], [TOPIC], [BROKER], [BROKER_LOGGER], [CLIENT_METRICS], [GROUP], [1], [99],
                  [TOPIC, TOPIC], [0]):
        found = t.outcome(*t.send(ResourceTypes=kinds))
        if isinstance(found, dict):
            found["ConfigResources"] = sorted({str(r.get("ResourceType"))
                                               for r in found["ConfigResources"]})
        t.steps.append(("ListConfigResources", t.version, found))


# -- directories, leaders, replicas --

@on("DescribeLogDirs", ALL)
def directories(t):
    name, topic_id = t.topic("t", 2)
    t.produce(name, topic_id, batch(b"a"))
    for rows in ([{"Topic": name, "Partitions": [0, 1]}], [{"Topic": name, "Partitions": []}],
                 [{"Topic": name, "Partitions": [0, 7]}], [{"Topic": t.own("no"),
                                                            "Partitions": [0]}], []):
        t.ask(Topics=rows)


@on("AlterReplicaLogDirs", ALL)
def replicas_to_directories(t):
    name = t.topic()[0]
    for path in ("/nowhere", "", "relative"):
        t.ask(Dirs=[{"Path": path, "Topics": [{"Name": name, "Partitions": [0, 7]}]}])
    t.ask(Dirs=[])
    t.ask(Dirs=[{"Path": "/nowhere", "Topics": [{"Name": t.own("no"), "Partitions": [0]}]}])
    t.ask(Dirs=[{"Path": "/nowhere", "Topics": []}])


@on("ElectLeaders", ALL)
def elections(t):
    name = t.topic("t", 2)[0]
    for kind in (0, 1):
        t.ask(ElectionType=kind, TimeoutMs=1000,
              TopicPartitions=[{"Topic": name, "Partitions": [0, 1]}])
    t.ask(TimeoutMs=1000, TopicPartitions=[{"Topic": name, "Partitions": [7, -1]},
                                           {"Topic": t.own("no"), "Partitions": [0]}])
    t.ask(TimeoutMs=1000, TopicPartitions=[])
    t.ask(TimeoutMs=1000, TopicPartitions=[{"Topic": name, "Partitions": []}])
    t.ask(TimeoutMs=1000, TopicPartitions=[{"Topic": "", "Partitions": [0]}])


@on("ElectLeaders", first=1)
def unknown_elections(t):
    t.ask(ElectionType=7, TimeoutMs=1000,
          TopicPartitions=[{"Topic": t.topic()[0], "Partitions": [0]}])


@on("ElectLeaders", HIGH)
def elections_everywhere(t):
    found = t.outcome(*t.send(TimeoutMs=1000, TopicPartitions=None))
    if isinstance(found, dict):
        found["ReplicaElectionResults"] = [r for r in found["ReplicaElectionResults"]
                                           if r["PartitionResult"]]
    t.steps.append(("ElectLeaders", t.version, found))


@on("AlterPartitionReassignments", ALL)
def reassignments(t):
    name = t.topic()[0]
    for topic, index, replicas in (
            (name, 0, [1]), (name, 0, None), (name, 0, [2]), (name, 0, []), (name, 0, [1, 1]),
            (name, 0, [1, 2]), (name, 0, [-1]), (name, 7, [1]), (name, 7, None), (name, -1, [1]),
            (t.own("no"), 0, [1]), (t.own("no"), 0, None), ("", 0, [1])):
        t.ask(TimeoutMs=1000, Topics=[{"Name": topic, "Partitions": [
            {"PartitionIndex": index, "Replicas": replicas}]}])
    t.ask(TimeoutMs=1000, Topics=[])
    part = {"PartitionIndex": 0, "Replicas": [1]}
    t.ask(TimeoutMs=1000, Topics=[{"Name": name, "Partitions": [part, part]}])


@on("AlterPartitionReassignments", HIGH)
def reassignments_without_another_factor(t):
    t.ask(TimeoutMs=1000, AllowReplicationFactorChange=False, Topics=[
        {"Name": t.topic()[0], "Partitions": [{"PartitionIndex": 0, "Replicas": [1]}]}])


@on("ListPartitionReassignments")
def reassignments_that_run(t):
    t.ask(TimeoutMs=1000, Topics=None)
    t.ask(TimeoutMs=1000, Topics=[])
    name = t.topic()[0]
    t.ask(TimeoutMs=1000, Topics=[{"Name": name, "PartitionIndexes": [0, 7]}])
    t.ask(TimeoutMs=1000, Topics=[{"Name": t.own("no"), "PartitionIndexes": [0]}])


# -- of the cluster --

@on("DescribeQuorum", ALL)
def quorum(t):
    t.ask(Topics=[{"TopicName": "__cluster_metadata", "Partitions": [{"PartitionIndex": 0}]}])
    t.ask(Topics=[{"TopicName": "__cluster_metadata", "Partitions": [{"PartitionIndex": 1}]}])
    t.ask(Topics=[{"TopicName": "other", "Partitions": [{"PartitionIndex": 0}]}])
    t.ask(Topics=[])
    t.ask(Topics=[{"TopicName": "__cluster_metadata", "Partitions": []}])


@on("UpdateFeatures", ALL)
def features(t):
    for name, level, kind in (("nonsense", 1, 1), ("metadata.version", 32767, 1),
                              ("metadata.version", -1, 1), ("metadata.version", 1, 2),
                              ("metadata.version", 1, 1), ("", 1, 1), ("nonsense", 0, 1),
                              ("kraft.version", 99, 1), ("metadata.version", 7, 9)):
        t.ask(timeoutMs=1000, ValidateOnly=True, FeatureUpdates=[
            {"Feature": name, "MaxVersionLevel": level, "UpgradeType": kind,
             "AllowDowngrade": kind == 2}] if t.version else [
                 {"Feature": name, "MaxVersionLevel": 32767}])
    t.ask(timeoutMs=1000, ValidateOnly=True, FeatureUpdates=[])


def quota(entity, *ops):
    return {"Entity": [{"EntityType": k, "EntityName": n} for k, n in entity],
            "Ops": [{"Key": k, "Value": v, "Remove": r} for k, v, r in ops]}


@on("DescribeClientQuotas", ALL)
def quotas(t):
    t.ask(Components=[{"EntityType": "user", "MatchType": 0, "Match": t.own("u")}])
    for kind, match, name in (("user", 0, None), ("nonsense", 0, "x"), ("user", 9, "x"),
                              ("", 0, "x"), ("client-id", 1, None), ("ip", 2, None),
                              ("user", 1, "x"), ("user", 0, "")):
        for strict in (False, True):
            t.ask(Components=[{"EntityType": kind, "MatchType": match, "Match": name}],
                  Strict=strict)
    part = {"EntityType": "user", "MatchType": 0, "Match": "x"}
    t.ask(Components=[part, part])
    t.ask(Components=[part, {"EntityType": "ip", "MatchType": 0, "Match": "127.0.0.1"}])


@on("AlterClientQuotas", ALL)
def quotas_are_set(t):
    user = [("user", t.own("u"))]
    t.ask(Entries=[quota(user, ("producer_byte_rate", 1000.0, False),
                         ("consumer_byte_rate", 5.0, False))])

    def ask():
        return t.ask("DescribeClientQuotas", Components=[
            {"EntityType": "user", "MatchType": 0, "Match": t.own("u")}], version=1)
    t.eventually(lambda: t.quiet("DescribeClientQuotas", 1, Components=[
        {"EntityType": "user", "MatchType": 0, "Match": t.own("u")}])["Entries"], "the quota")
    ask()
    t.ask(Entries=[quota(user, ("producer_byte_rate", 0.0, True))], ValidateOnly=True)
    t.ask(Entries=[quota(user, ("producer_byte_rate", 0.0, True),
                         ("consumer_byte_rate", 0.0, True))])
    t.ask(Entries=[quota(user, ("producer_byte_rate", 0.0, True))])


@on("AlterClientQuotas")
def bad_quotas(t):
    good = ("producer_byte_rate", 1.0, False)
    for entry in (
            quota([("user", "u")], ("nonsense", 1.0, False)), quota([("nonsense", "u")], good),
            quota([], good), quota([("user", "u")]), quota([("user", "u"), ("user", "v")], good),
            quota([("user", "u")], ("producer_byte_rate", 0.0, False)),
            quota([("user", "u")], ("producer_byte_rate", -1.0, False)),
            quota([("user", "u")], ("producer_byte_rate", float("inf"), False)),
            quota([("user", "u")], good, good), quota([("user", "")], good),
            quota([("ip", "127.0.0.1")], good), quota([("ip", "x.y")],
                                                      ("connection_creation_rate", 1.0, False)),
            quota([("user", "u"), ("ip", "127.0.0.1")], good),
            quota([("user", "u")], ("request_percentage", 1000000.0, False)),
            quota([("user", "u")], ("producer_byte_rate", 1.5, False))):
        t.ask(Entries=[entry], ValidateOnly=True)
    t.ask(Entries=[], ValidateOnly=True)


ANY = {"ResourceTypeFilter": 1, "ResourceNameFilter": None, "PatternTypeFilter": 1,
       "PrincipalFilter": None, "HostFilter": None, "Operation": 1, "PermissionType": 1}


def rule(t, **more):
    return {"ResourceType": TOPIC, "ResourceName": t.own("t"), "ResourcePatternType": 3,
            "Principal": "User:zoe", "Host": "*", "Operation": 3, "PermissionType": 3, **more}


@on("DescribeAcls", ALL)
def rules(t):
    t.ask(**{**ANY, "ResourceTypeFilter": TOPIC, "ResourceNameFilter": t.own("no")})
    for more in ({"ResourceTypeFilter": 0}, {"PatternTypeFilter": 0}, {"Operation": 0},
                 {"PermissionType": 0}, {"ResourceTypeFilter": 99},
                 {"ResourceNameFilter": ""}, {"PrincipalFilter": "nobody"},
                 {"PatternTypeFilter": 99}):
        t.ask(**{**ANY, "PrincipalFilter": "User:none", **more})


@on("CreateAcls", ALL)
def rules_are_made(t):
    t.ask(Creations=[rule(t)])
    t.eventually(lambda: t.quiet("DescribeAcls", **{
        **ANY, "PrincipalFilter": "User:zoe", "ResourceNameFilter": t.own("t")})["Resources"],
                 "the rule")
    t.ask("DescribeAcls", 3, **{**ANY, "ResourceNameFilter": t.own("t")})
    t.ask("DeleteAcls", 3, Filters=[{**ANY, "ResourceNameFilter": t.own("t")}])
    t.ask("DeleteAcls", 3, Filters=[{**ANY, "ResourceNameFilter": t.own("t")}])


@on("CreateAcls")
def bad_rules(t):
    for more in ({"ResourceType": 1}, {"ResourceType": 0}, {"ResourceType": 99},
                 {"ResourcePatternType": 1}, {"ResourcePatternType": 2},
                 {"ResourcePatternType": 0}, {"Operation": 1}, {"Operation": 0},
                 {"Operation": 99}, {"PermissionType": 1}, {"PermissionType": 0},
                 {"ResourceName": ""}, {"Principal": "zoe"}, {"Principal": ""}, {"Host": ""},
                 {"ResourceType": 4, "ResourceName": "other"}, {"Operation": 12},
                 {"Host": "not a host"}):
        t.ask(Creations=[rule(t, **more)])
    t.ask(Creations=[])


@on("DeleteAcls", ALL)
def rules_are_deleted(t):
    for more in ({}, {"ResourceTypeFilter": 0}, {"Operation": 0}, {"PatternTypeFilter": 0},
                 {"PermissionType": 0}, {"PrincipalFilter": ""}):
        t.ask(Filters=[{**ANY, "ResourceNameFilter": t.own("no"), **more}])
    t.ask(Filters=[])


@on("DescribeUserScramCredentials")
def scram_users(t):
    t.ask(Users=[{"Name": t.own("no")}])
    t.ask(Users=[{"Name": ""}])
    t.ask(Users=[{"Name": t.own("no")}, {"Name": t.own("no")}])
    t.ask(Users=None)
    t.ask(Users=[])


@on("AlterUserScramCredentials")
def scram_users_are_changed(t):
    def upsert(name, mechanism=1, iterations=4096, salt=b"salt-salt", password=b"p" * 32):
        return {"Name": name, "Mechanism": mechanism, "Iterations": iterations, "Salt": salt,
                "SaltedPassword": password}
    name = t.own("zoe")
    t.ask(Deletions=[{"Name": name, "Mechanism": 1}], Upsertions=[])
    for more in ({"mechanism": 0}, {"mechanism": 9}, {"iterations": 4095}, {"iterations": 0},
                 {"iterations": 16385}, {"salt": b""}, {"password": b""}):
        t.ask(Deletions=[], Upsertions=[upsert(name, **more)])
    t.ask(Deletions=[], Upsertions=[upsert("")])
    t.ask(Deletions=[], Upsertions=[upsert(name), upsert(name)])
    t.ask(Deletions=[{"Name": name, "Mechanism": 1}], Upsertions=[upsert(name)])
    t.ask(Deletions=[], Upsertions=[upsert(name)])
    t.eventually(lambda: t.quiet("DescribeUserScramCredentials", Users=[
        {"Name": name}])["Results"][0]["ErrorCode"] == 0, "the credential")
    t.ask("DescribeUserScramCredentials", 0, Users=[{"Name": name}])
    t.ask(Deletions=[{"Name": name, "Mechanism": 1}], Upsertions=[])
    t.ask(Deletions=[], Upsertions=[])
