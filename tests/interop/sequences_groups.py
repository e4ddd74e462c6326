"""sequences_groups - coordinators, members of groups, and their offsets."""

from compare import MADE_UP_ID
from sequence import ALL, HIGH, LOW, on

RANGE = [{"Name": "range", "Metadata": b"r"}]
JOIN = {"SessionTimeoutMs": 30000, "RebalanceTimeoutMs": 30000, "ProtocolType": "consumer",
        "Protocols": RANGE}


# -- FindCoordinator --

def find(t, *keys, kind=0):
    if t.version >= 4:
        t.ask("FindCoordinator", t.version, KeyType=kind, CoordinatorKeys=list(keys))
        return
    for key in keys:
        t.ask("FindCoordinator", t.version, KeyType=kind, Key=key)


@on("FindCoordinator", ALL)
def coordinators(t):
    find(t, t.own("g"))
    find(t, "")
    find(t, "a group, of ünusual name")


@on("FindCoordinator", first=1)
def kinds_of_coordinators(t):
    for kind in (2, 3, -1, 127):
        find(t, t.own("g"), kind=kind)


@on("FindCoordinator", HIGH)
def many_coordinators(t):
    find(t)
    find(t, "x", "y")
    find(t, "x", "x")


# -- JoinGroup and what follows --

def join(t, group, version=None, on_line="a", **more):
    return t.ask("JoinGroup", version, on=on_line, **{**JOIN, "GroupId": group, **more})


def member(t, group, version=None, on_line="a", **more):
    """Joins as clients do: where an id is handed out first, once more with it."""
    found = join(t, group, version, on_line, **more)
    if found.get("ErrorCode") == 79:
        found = join(t, group, version, on_line, **{**more, "MemberId": found["MemberId"]})
    return found


def quiet_member(t, group, on_line="a", **more):
    values = {**JOIN, "GroupId": group, **more}
    found = t.quiet("JoinGroup", on=on_line, **values)
    if found["ErrorCode"] == 79:
        found = t.quiet("JoinGroup", on=on_line, **{**values, "MemberId": found["MemberId"]})
    return found


def quiet_sync(t, group, found, **more):
    return t.quiet("SyncGroup", GroupId=group, GenerationId=found["GenerationId"],
                   MemberId=found["MemberId"], ProtocolType="consumer", ProtocolName="range",
                   Assignments=[{"MemberId": found["MemberId"], "Assignment": b"all"}], **more)


def settled(t, group, **more):
    """A group of one member that has its assignment."""
    found = quiet_member(t, group, **more)
    quiet_sync(t, group, found)
    return found


def sync(t, group, found, version=None, on_line="a", **more):
    return t.ask("SyncGroup", t.top("SyncGroup") if version is None else version, on=on_line, **{
        "GroupId": group, "GenerationId": found["GenerationId"], "MemberId": found["MemberId"],
        "ProtocolType": "consumer", "ProtocolName": "range",
        "Assignments": [{"MemberId": found["MemberId"], "Assignment": b"all"}], **more})


@on("JoinGroup", ALL)
def one_member(t):
    group = t.own("g")
    found = member(t, group)
    sync(t, group, found)
    t.ask("Heartbeat", 4, GroupId=group, GenerationId=found["GenerationId"],
          MemberId=found["MemberId"])
    join(t, group, MemberId=found["MemberId"])  # the leader again: a new generation
    t.ask("LeaveGroup", 0, GroupId=group, MemberId=found["MemberId"])
    t.ask("DescribeGroups", 5, Groups=[group])


@on("JoinGroup")
def bad_joins(t):
    group = t.own("g")
    join(t, "")
    join(t, group, MemberId="nobody")
    for timeout in (5999, 1800001, 0, -1):
        join(t, group, SessionTimeoutMs=timeout)
    join(t, group, ProtocolType="")
    join(t, group, Protocols=[])
    join(t, group, RebalanceTimeoutMs=-1)
    t.ask("DescribeGroups", 5, Groups=[group])


@on("JoinGroup")
def joins_that_do_not_fit(t):
    group = t.own("g")
    settled(t, group)
    join(t, group, on_line="b", ProtocolType="connect")
    join(t, group, on_line="b", Protocols=[{"Name": "other", "Metadata": b""}])
    join(t, group, on_line="b", MemberId="nobody")


@on("JoinGroup", first=4)
def a_pending_member(t):
    group = t.own("g")
    found = join(t, group)
    t.ask("DescribeGroups", 5, Groups=[group])
    t.ask("Heartbeat", 4, GroupId=group, GenerationId=0, MemberId=found.get("MemberId", ""))
    sync(t, group, {"GenerationId": 0, "MemberId": found.get("MemberId", "")})
    join(t, group, MemberId=found.get("MemberId", ""))
    join(t, group, MemberId="another")


@on("JoinGroup")
def two_members(t):
    group = t.own("g")
    first = member(t, group)
    sync(t, group, first)
    if t.version >= 4:
        named = join(t, group, on_line="b").get("MemberId", "")
    else:
        named = ""
    second = t.send("JoinGroup", on="b", **{**JOIN, "GroupId": group, "MemberId": named})
    beat = {"GroupId": group, "GenerationId": first["GenerationId"], "MemberId": first["MemberId"]}
    t.eventually(lambda: t.quiet("Heartbeat", 4, **beat)["ErrorCode"] == 27, "the rebalance")
    t.ask("DescribeGroups", 5, Groups=[group])
    t.ask("Heartbeat", 4, **beat)
    sync(t, group, first)
    commit(t, group, "x", version=8, GenerationIdOrMemberEpoch=first["GenerationId"],
           MemberId=first["MemberId"])
    again = t.send("JoinGroup", on="a", **{**JOIN, "GroupId": group,
                                           "MemberId": first["MemberId"]})
    led, second = t.receive(again), t.receive(second)
    waiting = t.send("SyncGroup", 5, on="b", GroupId=group, GenerationId=second["GenerationId"],
                     MemberId=second["MemberId"], ProtocolType="consumer", ProtocolName="range")
    sync(t, group, led, Assignments=[
        {"MemberId": led["MemberId"], "Assignment": b"first"},
        {"MemberId": second["MemberId"], "Assignment": b"second"}])
    t.receive(waiting)
    t.ask("DescribeGroups", 5, Groups=[group])
    t.ask("LeaveGroup", 1, on="b", GroupId=group, MemberId=second["MemberId"])
    t.ask("Heartbeat", 4, GroupId=group, GenerationId=led["GenerationId"],
          MemberId=led["MemberId"])
    member(t, group, MemberId=led["MemberId"])


@on("JoinGroup", HIGH)
def protocols_are_chosen(t):
    group = t.own("g")
    both = [{"Name": "x", "Metadata": b"1"}, {"Name": "range", "Metadata": b"2"}]
    member(t, group, Protocols=both)
    t.ask("DescribeGroups", 5, Groups=[group])


@on("JoinGroup", first=5)
def static_members(t):
    group = t.own("g")
    first = join(t, group, GroupInstanceId="one")
    sync(t, group, first, GroupInstanceId="one")
    again = join(t, group, GroupInstanceId="one", on_line="b")  # takes its place
    t.ask("Heartbeat", 4, GroupId=group, GenerationId=first["GenerationId"],
          MemberId=first["MemberId"], GroupInstanceId="one")
    join(t, group, GroupInstanceId="one", MemberId=first["MemberId"])
    sync(t, group, first, GroupInstanceId="one")
    commit(t, group, "x", version=8, GenerationIdOrMemberEpoch=first["GenerationId"],
           MemberId=first["MemberId"], GroupInstanceId="one")
    t.ask("Heartbeat", 4, GroupId=group, GenerationId=again["GenerationId"],
          MemberId=again["MemberId"], GroupInstanceId="two")
    t.ask("Heartbeat", 4, GroupId=group, GenerationId=again["GenerationId"],
          MemberId=again["MemberId"], GroupInstanceId="one")
    sync(t, group, again, GroupInstanceId="one")
    t.ask("DescribeGroups", 5, Groups=[group])
    for row in ({"MemberId": first["MemberId"], "GroupInstanceId": "one"},
                {"MemberId": "", "GroupInstanceId": "two"},
                {"MemberId": "", "GroupInstanceId": "one"}):
        t.ask("LeaveGroup", 3, GroupId=group, Members=[row])
    t.ask("DescribeGroups", 5, Groups=[group])


@on("JoinGroup", HIGH)
def static_names(t):
    for i, name in enumerate(("", "a b", ".", "x" * 249, "x" * 250)):
        join(t, t.own(f"g{i}"), GroupInstanceId=name)
    join(t, t.own("g"), GroupInstanceId="one", MemberId="unknown")


@on("JoinGroup", LOW, 3, HIGH)
def client_ids_in_member_ids(t):
    join(t, t.own("g"))
    for i, name in enumerate(("", None, "with blank")):
        t.receive(t.send("JoinGroup", client_id=name, **{**JOIN, "GroupId": t.own(f"h{i}")}))


def beat_until(t, group, found, wanted):
    """Sends heartbeats until one is answered with the code."""
    t.eventually(lambda: t.quiet("Heartbeat", 4, GroupId=group, MemberId=found["MemberId"],
                                 GenerationId=found["GenerationId"])["ErrorCode"] == wanted,
                 f"a heartbeat answered with {wanted}")


def described_members(t, group):
    return t.quiet("DescribeGroups", 5, Groups=[group])["Groups"][0]["Members"]


@on("JoinGroup", HIGH)
def a_member_that_falls_silent(t):
    topic = t.topic()
    group = t.own("g")
    found = settled(t, group, SessionTimeoutMs=6000)
    commit(t, group, *topic, version=10, MemberId=found["MemberId"],
           GenerationIdOrMemberEpoch=found["GenerationId"])
    t.eventually(lambda: not described_members(t, group), "the member is gone")
    t.ask("DescribeGroups", 6, Groups=[group])
    t.ask("Heartbeat", 4, GroupId=group, GenerationId=found["GenerationId"],
          MemberId=found["MemberId"])
    join(t, group, MemberId=found["MemberId"])
    offsets_of(t, group, version=8)


@on("JoinGroup", HIGH)
def a_member_that_does_not_join_again(t):
    group = t.own("g")
    first = settled(t, group, RebalanceTimeoutMs=1000)
    second = member(t, group, on_line="b", RebalanceTimeoutMs=1000)
    sync(t, group, second, on_line="b")
    t.ask("Heartbeat", 4, GroupId=group, GenerationId=first["GenerationId"],
          MemberId=first["MemberId"])
    t.ask("DescribeGroups", 5, Groups=[group])


@on("JoinGroup", HIGH)
def a_member_that_does_not_sync(t):
    group = t.own("g")
    found = quiet_member(t, group, RebalanceTimeoutMs=1000)
    beat_until(t, group, found, 25)
    sync(t, group, found)
    t.ask("DescribeGroups", 5, Groups=[group])


@on("JoinGroup", HIGH)
def a_leader_that_does_not_sync(t):
    group = t.own("g")
    first = settled(t, group, RebalanceTimeoutMs=2000)
    named = join(t, group, on_line="b")["MemberId"]
    second = t.send("JoinGroup", on="b", **{**JOIN, "GroupId": group, "MemberId": named,
                                            "RebalanceTimeoutMs": 2000})
    beat_until(t, group, first, 27)
    led = join(t, group, MemberId=first["MemberId"], RebalanceTimeoutMs=2000)
    second = t.receive(second)
    waiting = t.send("SyncGroup", 5, on="b", GroupId=group, MemberId=second["MemberId"],
                     GenerationId=second["GenerationId"], ProtocolType="consumer",
                     ProtocolName="range")
    t.receive(waiting)
    t.ask("Heartbeat", 4, GroupId=group, GenerationId=led["GenerationId"],
          MemberId=led["MemberId"])
    t.ask("Heartbeat", 4, on="b", GroupId=group, GenerationId=second["GenerationId"],
          MemberId=second["MemberId"])
    t.ask("DescribeGroups", 5, Groups=[group])


@on("JoinGroup", HIGH)
def a_static_member_with_other_protocols(t):
    group = t.own("g")
    first = join(t, group, GroupInstanceId="one")
    sync(t, group, first, GroupInstanceId="one")
    again = join(t, group, on_line="b", GroupInstanceId="one",
                 Protocols=[{"Name": "range", "Metadata": b"changed"}])
    sync(t, group, again, on_line="b", GroupInstanceId="one")
    join(t, group, on_line="c", GroupInstanceId="one",
         Protocols=[{"Name": "other", "Metadata": b""}])
    t.ask("DescribeGroups", 5, Groups=[group])


# -- SyncGroup, Heartbeat, LeaveGroup --

@on("SyncGroup", ALL)
def syncs(t):
    group = t.own("g")
    sync(t, group, {"GenerationId": 1, "MemberId": "nobody"}, t.version)
    sync(t, "", {"GenerationId": 1, "MemberId": "nobody"}, t.version)
    found = quiet_member(t, group)
    at = found["GenerationId"]
    sync(t, group, {**found, "GenerationId": at + 1}, t.version)
    sync(t, group, {**found, "GenerationId": at - 1}, t.version)
    sync(t, group, {**found, "MemberId": "nobody"}, t.version)
    sync(t, group, {**found, "MemberId": ""}, t.version)
    sync(t, group, found, t.version, Assignments=[{"MemberId": "nobody", "Assignment": b"x"},
                                                  {"MemberId": found["MemberId"],
                                                   "Assignment": b"y"}])
    sync(t, group, found, t.version)
    t.ask("DescribeGroups", 5, Groups=[group])


@on("SyncGroup", first=5)
def syncs_of_other_protocols(t):
    group = t.own("g")
    found = quiet_member(t, group)
    sync(t, group, found, t.version, ProtocolType="connect")
    sync(t, group, found, t.version, ProtocolName="other")
    sync(t, group, found, t.version, ProtocolType=None, ProtocolName=None)
    sync(t, group, found, t.version, Assignments=[])


@on("Heartbeat", ALL)
def heartbeats(t):
    group = t.own("g")

    def beat(found, **more):
        t.ask("Heartbeat", t.version, **{
            "GroupId": group, "GenerationId": found["GenerationId"],
            "MemberId": found["MemberId"], **more})
    beat({"GenerationId": 0, "MemberId": "nobody"})
    beat({"GenerationId": -1, "MemberId": ""})
    beat({"GenerationId": 0, "MemberId": "nobody"}, GroupId="")
    found = quiet_member(t, group)
    beat(found)  # before it has its assignment
    quiet_sync(t, group, found)
    beat(found)
    beat({**found, "GenerationId": found["GenerationId"] + 1})
    beat({**found, "GenerationId": -1})
    beat({**found, "MemberId": "nobody"})
    beat({**found, "MemberId": ""})
    if t.version >= 3:
        beat(found, GroupInstanceId="unknown")


@on("LeaveGroup", ALL)
def leaving(t):
    group = t.own("g")

    def leave(*members, to=group):
        t.ask("LeaveGroup", t.version, GroupId=to, MemberId=members[0] if members else "",
              Members=[{"MemberId": m} for m in members])
    leave("nobody")
    leave("nobody", to="")
    leave("")
    found = settled(t, group)
    leave("nobody")
    leave("")
    if t.version >= 3:
        leave()
        t.ask("LeaveGroup", t.version, GroupId=group, Members=[
            {"MemberId": "nobody", "GroupInstanceId": "x"},
            {"MemberId": "", "GroupInstanceId": "y"}])
    leave(found["MemberId"])
    leave(found["MemberId"])


@on("LeaveGroup", HIGH)
def several_leave(t):
    group = t.own("g")
    found = settled(t, group, GroupInstanceId="one")
    t.ask(GroupId=group, Members=[{"MemberId": "nobody"}, {"MemberId": found["MemberId"]},
                                  {"MemberId": "", "GroupInstanceId": "one"}])


# -- describing, listing, deleting --

@on("DescribeGroups", ALL)
def descriptions(t):
    t.ask(Groups=[t.own("no")])
    t.ask(Groups=[""])
    t.ask(Groups=[])
    group = t.own("g")
    found = quiet_member(t, group)
    t.ask(Groups=[group])
    quiet_sync(t, group, found)
    t.ask(Groups=[group, t.own("no")], IncludeAuthorizedOperations=True)
    t.ask(Groups=[group, group])
    t.quiet("LeaveGroup", 1, GroupId=group, MemberId=found["MemberId"])
    t.ask(Groups=[group])


@on("DescribeGroups")
def a_group_with_offsets_alone(t):
    name, _ = t.topic()
    commit(t, t.own("g"), name, version=5)
    t.ask(Groups=[t.own("g")])


def listed(t, **more):
    """Only the sequence's own groups are recorded: others are left of other sequences."""
    sent = t.send("ListGroups", t.version, **more)
    found = t.outcome(*sent)
    if isinstance(found, dict):
        found["Groups"] = [g for g in found["Groups"] if g["GroupId"].startswith(t.own(""))]
    t.steps.append(("ListGroups", t.version, found))


@on("ListGroups", ALL)
def lists(t):
    listed(t)
    group = t.own("g")
    found = quiet_member(t, group)
    listed(t)
    quiet_sync(t, group, found)
    listed(t)
    t.quiet("LeaveGroup", 1, GroupId=group, MemberId=found["MemberId"])
    listed(t)
    name, _ = t.topic()
    commit(t, t.own("simple"), name, version=5)
    listed(t)


@on("ListGroups", first=4)
def filters(t):
    settled(t, t.own("g"))
    for states in (["Stable"], ["stable"], ["Empty"], ["Dead", "Stable"], ["nonsense"], [""],
                   ["PreparingRebalance"], ["Stable", "nonsense"]):
        listed(t, StatesFilter=states)
    for types in (["classic"], ["Classic"], ["consumer"], ["share"], ["nonsense"], [""],
                  ["classic", "nonsense"]):
        listed(t, TypesFilter=types)


@on("DeleteGroups", ALL)
def deletions(t):
    group = t.own("g")
    t.ask(GroupsNames=[group])
    t.ask(GroupsNames=[""])
    t.ask(GroupsNames=[])
    found = settled(t, group)
    t.ask(GroupsNames=[group, t.own("no")])
    t.quiet("LeaveGroup", 1, GroupId=group, MemberId=found["MemberId"])
    t.ask(GroupsNames=[group, group])
    t.ask(GroupsNames=[group])


@on("DeleteGroups", HIGH)
def deletion_takes_the_offsets(t):
    name, topic_id = t.topic()
    group = t.own("g")
    commit(t, group, name, topic_id, version=8)
    t.ask(GroupsNames=[group])
    offsets_of(t, group, name, topic_id, version=8)


# -- OffsetCommit, OffsetFetch, OffsetDelete --

def commit(t, group, topic, topic_id=MADE_UP_ID, version=None, partition=0, offset=5, text="m",
           epoch=-1, **more):
    return t.ask("OffsetCommit", t.version if version is None else version, **{
        "GroupId": group, "GenerationIdOrMemberEpoch": -1, "MemberId": "", "RetentionTimeMs": -1,
        "Topics": [{"Name": topic, "TopicId": topic_id, "Partitions": [
            {"PartitionIndex": partition, "CommittedOffset": offset, "CommittedMetadata": text,
             "CommittedLeaderEpoch": epoch}]}], **more})


def offsets_of(t, group, topic=None, topic_id=MADE_UP_ID, partitions=(0,), version=None, **more):
    """topic None: of all topics."""
    version = t.version if version is None else version
    topics = None if topic is None else [
        {"Name": topic, "TopicId": topic_id, "PartitionIndexes": list(partitions)}]
    if version >= 8:
        return t.ask("OffsetFetch", version, Groups=[{"GroupId": group, "Topics": topics, **more}])
    for row in topics or ():
        row.pop("TopicId")
    return t.ask("OffsetFetch", version, GroupId=group, Topics=topics, **more)


@on("OffsetCommit", ALL)
def commits(t):
    topic = t.topic("t", 2)
    group = t.own("g")
    commit(t, group, *topic)
    commit(t, group, *topic, partition=1, offset=0, text="", epoch=0)
    commit(t, group, *topic, text=None)
    offsets_of(t, group, *topic, partitions=(0, 1, 2), version=t.top("OffsetFetch"))


@on("OffsetCommit")
def bad_commits(t):
    topic = t.topic()
    group = t.own("g")
    commit(t, "", *topic)
    commit(t, group, t.own("no"))
    commit(t, group, *topic, partition=1)
    commit(t, group, *topic, partition=-1)
    commit(t, group, *topic, offset=-1)
    commit(t, group, *topic, offset=-5)
    commit(t, group, *topic, text="x" * 4096)
    commit(t, group, *topic, text="x" * 4097)
    commit(t, group, *topic, epoch=-5)
    commit(t, group, *topic, GenerationIdOrMemberEpoch=1, MemberId="nobody")
    commit(t, group, *topic, GenerationIdOrMemberEpoch=1)
    commit(t, group, *topic, MemberId="nobody")
    commit(t, t.own("new"), *topic, GenerationIdOrMemberEpoch=0, MemberId="nobody")
    t.ask(GroupId=group, GenerationIdOrMemberEpoch=-1, MemberId="", Topics=[])
    offsets_of(t, group, *topic, version=t.top("OffsetFetch"))


@on("OffsetCommit")
def commits_of_members(t):
    topic = t.topic()
    group = t.own("g")
    found = quiet_member(t, group)
    own = {"GenerationIdOrMemberEpoch": found["GenerationId"], "MemberId": found["MemberId"]}
    commit(t, group, *topic, **own)  # while it has no assignment yet
    quiet_sync(t, group, found)
    commit(t, group, *topic, **own)
    commit(t, group, *topic)  # nobody's, while there are members
    commit(t, group, *topic, **{**own, "GenerationIdOrMemberEpoch": found["GenerationId"] + 1})
    commit(t, group, *topic, **{**own, "GenerationIdOrMemberEpoch": -1})
    commit(t, group, *topic, **{**own, "MemberId": "nobody"})
    if t.version >= 7:
        commit(t, group, *topic, **own, GroupInstanceId="unknown")
    offsets_of(t, group, *topic, version=t.top("OffsetFetch"))


@on("OffsetFetch", ALL)
def committed(t):
    topic = t.topic("t", 2)
    group = t.own("g")
    offsets_of(t, group, *topic)
    commit(t, group, *topic, version=t.top("OffsetCommit"), epoch=3)
    offsets_of(t, group, *topic, partitions=(0, 1, 2, -1))
    if t.version >= 2:
        offsets_of(t, group)
        offsets_of(t, t.own("no"))
    offsets_of(t, "", *topic)
    offsets_of(t, group, t.own("no"))
    offsets_of(t, group, *topic, partitions=())
    offsets_of(t, group, *topic, partitions=(0, 0))


@on("OffsetFetch", first=7)
def stable_offsets(t):
    topic = t.topic()
    commit(t, t.own("g"), *topic, version=t.top("OffsetCommit"))
    if t.version >= 8:
        t.ask(RequireStable=True, Groups=[{"GroupId": t.own("g"), "Topics": None}])
    else:
        offsets_of(t, t.own("g"), *topic, RequireStable=True)


@on("OffsetFetch", first=8)
def of_several_groups(t):
    topic = t.topic()
    commit(t, t.own("g"), *topic, version=t.top("OffsetCommit"))
    rows = [{"Name": topic[0], "TopicId": topic[1], "PartitionIndexes": [0]}]
    t.ask(Groups=[{"GroupId": t.own("g"), "Topics": rows}, {"GroupId": t.own("h"),
                                                            "Topics": None}])
    t.ask(Groups=[])
    t.ask(Groups=[{"GroupId": t.own("g"), "Topics": []}])
    t.ask(Groups=[{"GroupId": t.own("g"), "Topics": rows}, {"GroupId": t.own("g"),
                                                            "Topics": rows}])


@on("OffsetFetch", first=9)
def of_members(t):
    topic = t.topic()
    found = settled(t, t.own("g"))
    for row in ({"MemberId": found["MemberId"], "MemberEpoch": found["GenerationId"]},
                {"MemberId": "nobody", "MemberEpoch": 1}, {"MemberId": None, "MemberEpoch": 5},
                {"MemberId": found["MemberId"], "MemberEpoch": 77}):
        offsets_of(t, t.own("g"), *topic, **row)


@on("OffsetFetch", LOW, 5, HIGH)
def of_a_topic_that_was_deleted(t):
    name, topic_id = t.topic()
    commit(t, t.own("g"), name, topic_id, version=9)
    t.quiet("DeleteTopics", 5, TopicNames=[name], TimeoutMs=30000)
    t.eventually(lambda: t.quiet("OffsetFetch", 8, Groups=[{"GroupId": t.own("g"), "Topics": [
        {"Name": name, "PartitionIndexes": [0]}]}])["Groups"][0]["Topics"][0]["Partitions"][0][
            "CommittedOffset"] == -1, "the offset is gone")
    offsets_of(t, t.own("g"), name, topic_id)
    commit(t, t.own("g"), name, topic_id, version=9)
    commit(t, t.own("g"), name, topic_id, version=10)


@on("OffsetDelete")
def offsets_are_deleted(t):
    name, topic_id = t.topic("t", 2)
    group = t.own("g")

    def delete(to=group, topic=name, partitions=(0,)):
        t.ask(GroupId=to, Topics=[{"Name": topic, "Partitions": [
            {"PartitionIndex": p} for p in partitions]}])
    delete()
    delete(to="")
    for i in range(2):
        commit(t, group, name, topic_id, version=8, partition=i)
    delete(partitions=(0, 5, -1))
    delete(topic=t.own("no"))
    t.ask(GroupId=group, Topics=[])
    offsets_of(t, group, name, topic_id, partitions=(0, 1), version=8)
    delete(partitions=(1,))
    offsets_of(t, group, version=8)
    delete()


@on("OffsetDelete")
def offsets_of_a_group_that_subscribes(t):
    name, topic_id = t.topic()
    group = t.own("g")
    encoded = name.encode()
    wanted = b"\0\0\0\0\0\1" + len(encoded).to_bytes(2, "big") + encoded + b"\xff\xff\xff\xff"
    found = settled(t, group, Protocols=[{"Name": "range", "Metadata": wanted}])
    commit(t, group, name, topic_id, version=8, MemberId=found["MemberId"],
           GenerationIdOrMemberEpoch=found["GenerationId"])
    t.ask(GroupId=group, Topics=[{"Name": name, "Partitions": [{"PartitionIndex": 0}]}])
    t.ask(GroupId=group, Topics=[{"Name": t.own("no"), "Partitions": [{"PartitionIndex": 0}]}])
    other = t.own("h")
    settled(t, other, ProtocolType="connect")
    t.ask(GroupId=other, Topics=[{"Name": name, "Partitions": [{"PartitionIndex": 0}]}])
