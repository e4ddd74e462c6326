/*
 * Features - the Java client against a running broker, feature by feature. See ../README.md.
 *
 *     java -cp 'jars/*' Features.java
 */
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.GroupAuthorizationException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

public class Features {
    static final int ROWS = 50;
    static final int TOO_LARGE = 2_000_000; // above the broker's message.max.bytes by default
    static final long WAIT_MS = 30_000;
    static final String WRONG_PASSWORD = "this-is-not-the-password";
    static final String PREFIX = env("PREFIX");

    interface Feature {
        void run() throws Exception;
    }

    interface Action<T> {
        T run() throws Exception;
    }

    static String env(String name) {
        return System.getenv().getOrDefault("SCHLOSS_" + name, "");
    }

    static String topicOf(String feature) {
        return PREFIX + "-" + feature;
    }

    // -- rows --

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Compressible, different for each row, and with every byte somewhere. */
    static byte[] value(int row) {
        byte[] text = bytes(("row " + row + " ").repeat(5));
        byte[] all = Arrays.copyOf(text, text.length + 40);
        for (int i = 0; i < 40; i++) {
            all[text.length + i] = (byte) (row * 11 + i);
        }
        return all;
    }

    static ProducerRecord<byte[], byte[]> row(String topic, int row, Long timestamp) {
        return new ProducerRecord<>(topic, 0, timestamp, bytes("key-" + row), value(row));
    }

    static List<ProducerRecord<byte[], byte[]>> rows(String topic) {
        return IntStream.range(0, ROWS).mapToObj(i -> row(topic, i, null)).toList();
    }

    static void check(boolean condition, String what) {
        if (!condition) {
            throw new AssertionError(what);
        }
    }

    static void checkEqual(Object found, Object wanted, String what) {
        check(wanted.equals(found), what + ": " + found + " is not " + wanted);
    }

    /** The records are the rows from the first on, at these very offsets. */
    static void checkRows(List<ConsumerRecord<byte[], byte[]>> found, int first) {
        checkEqual(found.size(), ROWS - first, "number of rows");
        for (int i = 0; i < found.size(); i++) {
            ConsumerRecord<byte[], byte[]> record = found.get(i);
            checkEqual(record.offset(), (long) first + i, "offset");
            check(Arrays.equals(record.key(), bytes("key-" + (first + i))), "key of row " + i);
            check(Arrays.equals(record.value(), value(first + i)), "value of row " + i);
        }
    }

    /** The action fails for this reason; the client wraps some in another exception. */
    static void checkRefused(Class<? extends Exception> reason, String what, Feature action) {
        try {
            action.run();
        } catch (Exception e) {
            Throwable cause = e instanceof ExecutionException ? e.getCause() : e;
            check(reason.isInstance(cause), what + ": " + cause);
            return;
        }
        throw new AssertionError(what + " was not refused");
    }

    // -- the client --

    static Properties settings(String user, String password, String... more) {
        Properties p = new Properties();
        p.put("bootstrap.servers", env("BOOTSTRAP"));
        p.put("security.protocol", "SASL_SSL");
        p.put("sasl.mechanism", "PLAIN");
        p.put("sasl.jaas.config", "org.apache.kafka.common.security.plain.PlainLoginModule "
                + "required username=\"" + user + "\" password=\"" + password + "\";");
        p.put("ssl.truststore.type", "PEM");
        p.put("ssl.truststore.location", env("CA"));
        for (int i = 0; i < more.length; i += 2) {
            p.put(more[i], more[i + 1]);
        }
        return p;
    }

    static Properties ours(String... more) {
        return settings(env("USER"), env("PASSWORD"), more);
    }

    static Properties others(String... more) {
        return settings(env("OTHER_USER"), env("OTHER_PASSWORD"), more);
    }

    static KafkaConsumer<byte[], byte[]> consumer(Properties settings) {
        settings.putIfAbsent("auto.offset.reset", "none");
        settings.putIfAbsent("enable.auto.commit", "false");
        return new KafkaConsumer<>(settings, new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
    }

    static <T> T get(Future<T> future) throws Exception {
        return future.get(WAIT_MS, TimeUnit.MILLISECONDS);
    }

    static void create(String topic, int partitions, Map<String, String> configs)
            throws Exception {
        try (Admin admin = Admin.create(ours())) {
            NewTopic wanted = new NewTopic(topic, partitions, (short) 1).configs(configs);
            get(admin.createTopics(List.of(wanted)).all());
        }
    }

    static void produce(Properties settings, List<ProducerRecord<byte[], byte[]>> records)
            throws Exception {
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            for (ProducerRecord<byte[], byte[]> record : records) {
                sent.add(producer.send(record));
            }
            for (Future<RecordMetadata> future : sent) {
                get(future);
            }
        }
    }

    static List<ConsumerRecord<byte[], byte[]>> take(KafkaConsumer<byte[], byte[]> consumer,
            int count) {
        List<ConsumerRecord<byte[], byte[]>> found = new ArrayList<>();
        long deadline = System.currentTimeMillis() + WAIT_MS;
        while (found.size() < count) {
            check(System.currentTimeMillis() < deadline, "only " + found.size() + " records");
            consumer.poll(Duration.ofSeconds(1)).forEach(found::add);
        }
        return found;
    }

    static List<ConsumerRecord<byte[], byte[]>> read(Properties settings, String topic,
            long offset, int count) {
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(settings)) {
            TopicPartition place = new TopicPartition(topic, 0);
            consumer.assign(List.of(place));
            consumer.seek(place, offset);
            return take(consumer, count);
        }
    }

    // -- features --

    static void connect() throws Exception {
        try (Admin admin = Admin.create(ours())) {
            check(!get(admin.describeCluster().nodes()).isEmpty(), "no broker");
            check(get(admin.describeCluster().clusterId()) != null, "no cluster id");
        }
    }

    static void admin() throws Exception {
        String topic = topicOf("admin");
        create(topic, 3, Map.of());
        try (Admin admin = Admin.create(ours())) {
            checkEqual(get(admin.describeTopics(List.of(topic)).allTopicNames()).get(topic)
                    .partitions().size(), 3, "partitions");
            get(admin.deleteTopics(List.of(topic)).all());
            long deadline = System.currentTimeMillis() + WAIT_MS;
            while (get(admin.listTopics().names()).contains(topic)) {
                check(System.currentTimeMillis() < deadline, "the topic is still there");
            }
        }
    }

    static String setting(Admin admin, ConfigResource resource, String name) throws Exception {
        return get(admin.describeConfigs(List.of(resource)).all()).get(resource).get(name).value();
    }

    static void configs() throws Exception {
        ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, topicOf("configs"));
        create(topic.name(), 1, Map.of("retention.ms", "60000"));
        try (Admin admin = Admin.create(ours())) {
            checkEqual(setting(admin, topic, "retention.ms"), "60000", "retention.ms");
            get(admin.incrementalAlterConfigs(Map.of(topic, List.of(
                    new AlterConfigOp(new ConfigEntry("retention.ms", "70000"),
                            AlterConfigOp.OpType.SET),
                    new AlterConfigOp(new ConfigEntry("max.message.bytes", "2000"),
                            AlterConfigOp.OpType.SET)))).all());
            checkEqual(setting(admin, topic, "retention.ms"), "70000", "after the change");
            checkEqual(setting(admin, topic, "max.message.bytes"), "2000", "after the change");
            get(admin.incrementalAlterConfigs(Map.of(topic, List.of(new AlterConfigOp(
                    new ConfigEntry("max.message.bytes", ""), AlterConfigOp.OpType.DELETE))))
                    .all());
            checkEqual(setting(admin, topic, "retention.ms"), "70000", "beside what was unset");
            check(!"2000".equals(setting(admin, topic, "max.message.bytes")), "it was unset");
        }
    }

    static void throughAndBack(String topic, Properties settings) throws Exception {
        create(topic, 1, Map.of());
        produce(settings, rows(topic));
        checkRows(read(ours(), topic, 0, ROWS), 0);
    }

    static Feature codec(String name) {
        return () -> throughAndBack(topicOf(name),
                ours("compression.type", name, "linger.ms", "100"));
    }

    static Feature acks(String name) {
        String idempotence = name.equals("all") ? "true" : "false";
        return () -> throughAndBack(topicOf("acks" + name),
                ours("acks", name, "enable.idempotence", idempotence));
    }

    static void offset() throws Exception {
        String topic = topicOf("offset");
        create(topic, 1, Map.of());
        produce(ours(), rows(topic));
        checkRows(read(ours(), topic, 30, 20), 30);
    }

    static void timestamp() throws Exception {
        String topic = topicOf("timestamp");
        long begin = System.currentTimeMillis() - 100_000;
        create(topic, 1, Map.of());
        produce(ours(), IntStream.range(0, ROWS)
                .mapToObj(i -> row(topic, i, begin + i * 1000L)).toList());
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(ours())) {
            TopicPartition place = new TopicPartition(topic, 0);
            // Between two rows: the later one counts.
            OffsetAndTimestamp found =
                    consumer.offsetsForTimes(Map.of(place, begin + 19_500)).get(place);
            checkEqual(found.offset(), 20L, "offset for the timestamp");
            checkEqual(found.timestamp(), begin + 20_000, "timestamp of that offset");
            consumer.assign(List.of(place));
            consumer.seek(place, found.offset());
            List<ConsumerRecord<byte[], byte[]>> records = take(consumer, 30);
            checkRows(records, 20);
            checkEqual(records.get(0).timestamp(), begin + 20_000, "timestamp");
        }
    }

    static void headers() throws Exception {
        String topic = topicOf("headers");
        List<Header> wanted = List.of(new RecordHeader("text", bytes("abc")),
                new RecordHeader("bytes", value(7)), new RecordHeader("empty", new byte[0]),
                new RecordHeader("null", (byte[]) null), new RecordHeader("text", bytes("again")));
        create(topic, 1, Map.of());
        produce(ours(), List.of(new ProducerRecord<>(topic, 0, bytes("k"), bytes("v"), wanted)));
        checkEqual(List.of(read(ours(), topic, 0, 1).get(0).headers().toArray()), wanted,
                "headers");
    }

    static void tombstone() throws Exception {
        String topic = topicOf("tombstone");
        create(topic, 1, Map.of());
        produce(ours(), List.of(new ProducerRecord<>(topic, bytes("k"), null),
                new ProducerRecord<>(topic, bytes("k"), new byte[0]),
                new ProducerRecord<>(topic, null, bytes("v"))));
        List<ConsumerRecord<byte[], byte[]>> found = read(ours(), topic, 0, 3);
        check(found.get(0).value() == null, "a null value");
        checkEqual(found.get(1).value().length, 0, "length of an empty value");
        check(found.get(2).key() == null, "a null key");
    }

    static void group() throws Exception {
        String topic = topicOf("group");
        String[] more = {"group.id", topic, "auto.offset.reset", "earliest", "max.poll.records",
            "20"};
        create(topic, 1, Map.of());
        produce(ours(), rows(topic));
        List<ConsumerRecord<byte[], byte[]>> found;
        try (KafkaConsumer<byte[], byte[]> first = consumer(ours(more))) {
            first.subscribe(List.of(topic));
            found = take(first, 20);
            first.commitSync();
            TopicPartition place = new TopicPartition(topic, 0);
            checkEqual(first.committed(Set.of(place)).get(place), new OffsetAndMetadata(
                    20, Optional.of(0), ""), "committed");
        }
        try (KafkaConsumer<byte[], byte[]> second = consumer(ours(more))) {
            second.subscribe(List.of(topic));
            found.addAll(take(second, 30));
        }
        checkRows(found, 0);
    }

    static void errors() throws Exception {
        String topic = topicOf("errors");
        create(topic, 1, Map.of());
        produce(ours(), rows(topic));
        checkRefused(TopicAuthorizationException.class, "another's produce",
                () -> produce(others(), List.of(row(topic, 0, null))));
        checkRefused(TopicAuthorizationException.class, "another's read",
                () -> read(others(), topic, 0, 1));
        checkRefused(GroupAuthorizationException.class, "another's group", () -> {
            try (KafkaConsumer<byte[], byte[]> c = consumer(others("group.id", topic))) {
                c.committed(Set.of(new TopicPartition(topic, 0)));
            }
        });

        checkRefused(OffsetOutOfRangeException.class, "an offset out of range",
                () -> read(ours(), topic, 1000, 1));
        checkRows(read(ours("auto.offset.reset", "earliest"), topic, 1000, ROWS), 0);

        byte[] large = new byte[TOO_LARGE];
        checkRefused(RecordTooLargeException.class, "too large a message",
                () -> produce(ours("max.request.size", "5000000", "batch.size", "0"),
                        List.of(new ProducerRecord<>(topic, large))));

        checkRefused(SaslAuthenticationException.class, "a wrong password", () -> {
            try (Admin admin = Admin.create(settings(env("USER"), WRONG_PASSWORD,
                    "reconnect.backoff.ms", "5000", "reconnect.backoff.max.ms", "5000"))) {
                get(admin.describeCluster().nodes());
            }
        });
    }

    static boolean isChosen(String name) {
        List<String> chosen = List.of(env("FEATURES").trim().split("[ ,]+"));
        return chosen.contains("") || chosen.contains(name);
    }

    static String version() throws Exception {
        Properties p = new Properties();
        try (InputStream in = KafkaProducer.class.getResourceAsStream(
                "/kafka/kafka-version.properties")) {
            p.load(in);
        }
        return p.getProperty("version");
    }

    public static void main(String[] args) throws Exception {
        Map<String, Feature> features = new LinkedHashMap<>();
        features.put("connect", Features::connect);
        features.put("admin", Features::admin);
        features.put("configs", Features::configs);
        for (String name : List.of("none", "gzip", "snappy", "lz4", "zstd")) {
            features.put(name, codec(name));
        }
        for (String name : List.of("0", "1", "all")) {
            features.put("acks" + name, acks(name));
        }
        features.put("offset", Features::offset);
        features.put("timestamp", Features::timestamp);
        features.put("headers", Features::headers);
        features.put("tombstone", Features::tombstone);
        features.put("group", Features::group);
        features.put("errors", Features::errors);

        System.out.println("version " + version());
        int status = 0;
        for (Map.Entry<String, Feature> feature : features.entrySet()) {
            if (!isChosen(feature.getKey())) {
                continue;
            }
            String outcome = "ok";
            try {
                feature.getValue().run();
            } catch (Exception | AssertionError e) {
                status = 1;
                outcome = "failed " + e.toString().replaceAll("\\s+", " ");
            }
            System.out.println(feature.getKey() + " " + outcome);
        }
        System.exit(status);
    }
}
