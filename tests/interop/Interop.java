/*
 * Interop - the Java client with its default settings against a running broker.
 *
 *     java -cp 'jars/*' Interop.java PRODUCER.properties CONSUMER.properties TOPIC PARTITIONS ROWS
 *
 * Produces, consumes in a group that a second member joins and leaves, and checks that the
 * members' assignments are disjoint and complete before and after, that every row was read, and
 * that the committed offsets equal the end. Exits with 0 and a line, or with 1 and the reason.
 */
import java.io.FileReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

public class Interop {
    static final String GROUP = "java";
    static final long WAIT_MS = 60_000;

    static Properties load(String file) throws Exception {
        Properties properties = new Properties();
        try (FileReader reader = new FileReader(file)) {
            properties.load(reader);
        }
        return properties;
    }

    static KafkaConsumer<String, String> consumer(Properties settings) {
        Properties p = new Properties();
        p.putAll(settings);
        p.put("group.id", GROUP);
        p.put("auto.offset.reset", "earliest");
        return new KafkaConsumer<>(p, new StringDeserializer(), new StringDeserializer());
    }

    /** A member of the group in a thread of its own; close() commits, as is the default. */
    static class Member extends Thread {
        final KafkaConsumer<String, String> consumer;
        final Set<String> rows;
        volatile Set<Integer> held = Set.of();
        volatile boolean leaving;
        volatile Exception error;

        Member(Properties settings, String topic, Set<String> rows) {
            this.rows = rows;
            consumer = Interop.consumer(settings);
            consumer.subscribe(List.of(topic));
            start();
        }

        @Override
        public void run() {
            try (KafkaConsumer<String, String> c = consumer) {
                while (!leaving) {
                    for (ConsumerRecord<String, String> r : c.poll(Duration.ofMillis(200))) {
                        rows.add(r.value());
                    }
                    Set<Integer> now = new TreeSet<>();
                    c.assignment().forEach(p -> now.add(p.partition()));
                    held = now;
                }
            } catch (Exception e) {
                error = e;
            }
            held = Set.of();
        }

        void leaveGroup() throws Exception {
            leaving = true;
            join(WAIT_MS);
            if (isAlive() || error != null) {
                throw new Exception("a member did not leave cleanly", error);
            }
        }
    }

    static void await(String what, BooleanSupplier condition) throws Exception {
        long deadline = System.currentTimeMillis() + WAIT_MS;
        while (!condition.getAsBoolean()) {
            if (System.currentTimeMillis() > deadline) {
                throw new Exception("not within " + WAIT_MS + " ms: " + what);
            }
            Thread.sleep(20);
        }
    }

    static void awaitSplit(String when, int partitions, Member... members) throws Exception {
        await("all partitions, each held once, " + when, () -> {
            Set<Integer> all = new HashSet<>();
            int count = 0;
            for (Member m : members) {
                Set<Integer> held = m.held;
                if (held.isEmpty()) {
                    return false;
                }
                all.addAll(held);
                count += held.size();
            }
            return count == partitions && all.size() == partitions;
        });
    }

    static void produce(KafkaProducer<String, String> producer, String topic, int part, int rows)
            throws Exception {
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        for (int i = 0; i < rows; i++) {
            sent.add(producer.send(new ProducerRecord<>(topic, "k" + i, part + "-" + i)));
        }
        producer.flush();
        for (Future<RecordMetadata> future : sent) {
            future.get();
        }
    }

    static void checkCommitted(Properties settings, String topic, int partitions)
            throws Exception {
        Set<TopicPartition> places = new HashSet<>();
        for (int i = 0; i < partitions; i++) {
            places.add(new TopicPartition(topic, i));
        }
        try (KafkaConsumer<String, String> c = consumer(settings)) {
            Map<TopicPartition, Long> committed = new HashMap<>();
            for (Map.Entry<TopicPartition, OffsetAndMetadata> e : c.committed(places).entrySet()) {
                if (e.getValue() != null) {
                    committed.put(e.getKey(), e.getValue().offset());
                }
            }
            Map<TopicPartition, Long> ends = c.endOffsets(places);
            if (!committed.equals(ends)) {
                throw new Exception("committed " + committed + " but the ends are " + ends);
            }
        }
    }

    public static void main(String[] args) throws Exception {
        Properties forProducer = load(args[0]);
        Properties forConsumer = load(args[1]);
        String topic = args[2];
        int partitions = Integer.parseInt(args[3]);
        int rows = Integer.parseInt(args[4]);
        Set<String> read = ConcurrentHashMap.newKeySet();

        try (KafkaProducer<String, String> producer = new KafkaProducer<>(
                forProducer, new StringSerializer(), new StringSerializer())) {
            produce(producer, topic, 0, rows);
            Member first = new Member(forConsumer, topic, read);
            awaitSplit("before the join", partitions, first);
            Member second = new Member(forConsumer, topic, read);
            awaitSplit("after the join", partitions, first, second);
            produce(producer, topic, 1, rows);
            await("all rows are read", () -> read.size() == 2 * rows);
            second.leaveGroup();
            awaitSplit("after the leave", partitions, first);
            produce(producer, topic, 2, rows);
            await("all rows are read", () -> read.size() == 3 * rows);
            first.leaveGroup();
        } catch (Exception e) {
            e.printStackTrace();
            System.exit(1);
        }
        checkCommitted(forConsumer, topic, partitions);
        System.out.println("java client: " + 3 * rows
                + " rows, committed offsets equal the end");
        System.exit(0);
    }
}
