/*
 * Again - one Java producer that writes longer than its session lasts, so that it must
 * authenticate again on the same connection (KIP-368).
 *
 *     java -cp 'jars/*' Again.java PRODUCER.properties TOPIC SECONDS
 *
 * Waits for each row before it sends the next. Exits with 0 and a line, or with 1 and the reason.
 */
import java.io.FileReader;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

public class Again {
    static final long WAIT_S = 30;

    public static void main(String[] args) throws Exception {
        Properties settings = new Properties();
        try (FileReader reader = new FileReader(args[0])) {
            settings.load(reader);
        }
        settings.put("retries", "0"); // a connection that is ended is an error
        long end = System.nanoTime() + TimeUnit.HOURS.toNanos(1); // a login takes its time
        int rows = 0;
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(
                settings, new StringSerializer(), new StringSerializer())) {
            for (; System.nanoTime() - end < 0; rows++) {
                producer.send(new ProducerRecord<>(args[1], "row " + rows))
                    .get(WAIT_S, TimeUnit.SECONDS);
                if (rows == 0) {
                    end = System.nanoTime() + TimeUnit.SECONDS.toNanos(Long.parseLong(args[2]));
                }
            }
        } catch (Exception e) {
            System.out.println("after " + rows + " rows: " + e);
            System.exit(1);
        }
        System.out.println(rows + " rows");
    }
}
