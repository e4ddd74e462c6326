// Look PROPERTIES TOPIC GROUP: what kafka-ui and AKHQ ask by Apache Kafka's AdminClient to show a
// cluster; then the records of TOPIC, without a group; then what they change when they are told to.
// One line for each thing that was seen or done.
import java.io.FileReader;
import java.io.Reader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.quota.ClientQuotaFilter;
import org.apache.kafka.common.serialization.StringDeserializer;

public class Look {
    static void show(String what, Callable<?> ask) throws Exception {
        try {
            System.out.println(what + ": " + ask.call());
        } catch (Exception e) {
            boolean denied = e instanceof AuthorizationException
                || e.getCause() instanceof AuthorizationException;
            System.out.println(what + (denied ? ": denied" : ": failed " + e));
        }
    }

    static Object size(Map<?, ?> found) {
        return found.size();
    }

    public static void main(String[] arguments) throws Exception {
        Properties settings = new Properties();
        try (Reader in = new FileReader(arguments[0])) {
            settings.load(in);
        }
        String topic = arguments[1];
        String group = arguments[2];
        TopicPartition first = new TopicPartition(topic, 0);
        try (Admin admin = Admin.create(settings)) {
            show("cluster", () -> admin.describeCluster(
                new DescribeClusterOptions().includeAuthorizedOperations(true))
                .authorizedOperations().get().size());
            show("broker settings", () -> admin.describeConfigs(List.of(
                new ConfigResource(ConfigResource.Type.BROKER, "1"))).all().get().values()
                .iterator().next().entries().size() > 10);
            show("log directories", () -> size(admin.describeLogDirs(List.of(1))
                .allDescriptions().get()));
            show("rules", () -> admin.describeAcls(AclBindingFilter.ANY).values().get().size() > 0);
            show("quotas", () -> size(admin.describeClientQuotas(ClientQuotaFilter.all())
                .entities().get()));
            show("topics", () -> {
                Set<String> names = new TreeSet<>(admin.listTopics().names().get());
                Map<String, TopicDescription> found = admin.describeTopics(names).allTopicNames().get();
                return new TreeSet<>(found.keySet());
            });
            show("topic settings", () -> admin.describeConfigs(List.of(
                new ConfigResource(ConfigResource.Type.TOPIC, topic))).all().get().values()
                .iterator().next().entries().size() > 10);
            show("end", () -> admin.listOffsets(Map.of(first, OffsetSpec.latest())).all().get()
                .get(first).offset());
            show("groups", () -> {
                Set<String> names = new TreeSet<>();
                admin.listGroups().all().get().forEach(g -> names.add(g.groupId()));
                return names;
            });
            show("group", () -> size(admin.describeConsumerGroups(List.of(group)).all().get()));
            show("committed", () -> admin.listConsumerGroupOffsets(group)
                .partitionsToOffsetAndMetadata().get().get(first).offset());
        }
        settings.put("key.deserializer", StringDeserializer.class.getName());
        settings.put("value.deserializer", StringDeserializer.class.getName());
        show("records", () -> {
            try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(settings)) {
                consumer.assign(List.of(first));
                consumer.seekToBeginning(List.of(first));
                List<String> values = new ArrayList<>();
                for (long end = System.nanoTime() + 30_000_000_000L;
                        values.isEmpty() && System.nanoTime() < end;) {
                    consumer.poll(Duration.ofMillis(200)).forEach(r -> values.add(r.value()));
                }
                return values;
            }
        });
        try (Admin admin = Admin.create(settings)) {
            change(admin, topic, group);
        }
    }

    static void change(Admin admin, String topic, String group) throws Exception {
        TopicPartition first = new TopicPartition(topic, 0);
        ConfigResource settings = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        show("make", () -> admin.createTopics(List.of(new NewTopic("orders.made", 1, (short) 1)))
            .all().get());
        show("enlarge", () -> admin.createPartitions(
            Map.of("orders.made", NewPartitions.increaseTo(2))).all().get());
        show("set", () -> admin.incrementalAlterConfigs(Map.of(settings, List.of(new AlterConfigOp(
            new ConfigEntry("retention.ms", "60000"), AlterConfigOp.OpType.SET)))).all().get());
        show("empty", () -> admin.deleteRecords(
            Map.of(first, RecordsToDelete.beforeOffset(1))).all().get());
        show("reset", () -> admin.alterConsumerGroupOffsets(group,
            Map.of(first, new OffsetAndMetadata(1))).all().get());
        show("remove group", () -> admin.deleteConsumerGroups(List.of(group)).all().get());
        show("remove", () -> admin.deleteTopics(List.of("orders.old")).all().get());
        show("remove another", () -> admin.deleteTopics(List.of("payroll")).all().get());
    }
}
