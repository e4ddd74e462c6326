/*
 * Login - the Java client logs in once, produces a row, reads it back. See ../README.md.
 *
 *     java -cp 'jars/*' Login.java
 */
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

public class Login {
    static final long WAIT_MS = 20_000;
    static final String TOPIC = env("TOPIC");
    static final String MODULES = "org.apache.kafka.common.security.";

    static String env(String name) {
        return System.getenv().getOrDefault("SCHLOSS_" + name, "");
    }

    static void takeToken(Properties p) throws Exception {
        Path file = Files.createTempFile("login", ".token");
        file.toFile().deleteOnExit();
        Files.writeString(file, env("TOKEN"));
        System.setProperty("org.apache.kafka.sasl.oauthbearer.allowed.urls",
                file.toUri().toString());
        System.setProperty("org.apache.kafka.sasl.oauthbearer.allowed.files", file.toString());
        p.put("sasl.oauthbearer.token.endpoint.url", file.toUri().toString());
        p.put("sasl.oauthbearer.jwt.retriever.class", MODULES + "oauthbearer.FileJwtRetriever");
        p.put("sasl.login.callback.handler.class",
                MODULES + "oauthbearer.OAuthBearerLoginCallbackHandler");
        p.put("sasl.jaas.config", MODULES + "oauthbearer.OAuthBearerLoginModule required;");
    }

    static Properties settings() throws Exception {
        Properties p = new Properties();
        String mechanism = env("MECHANISM");
        p.put("bootstrap.servers", env("BOOTSTRAP"));
        p.put("ssl.truststore.type", "PEM");
        p.put("ssl.truststore.location", env("CA"));
        p.put("reconnect.backoff.ms", "5000");
        p.put("reconnect.backoff.max.ms", "5000");
        if (mechanism.equals("X509")) {
            p.put("security.protocol", "SSL");
            p.put("ssl.keystore.type", "PEM");
            p.put("ssl.keystore.certificate.chain", Files.readString(Path.of(env("CERTIFICATE"))));
            p.put("ssl.keystore.key", Files.readString(Path.of(env("KEY"))));
            return p;
        }
        p.put("security.protocol", "SASL_SSL");
        p.put("sasl.mechanism", mechanism);
        if (mechanism.equals("OAUTHBEARER")) {
            takeToken(p);
        } else if (mechanism.equals("GSSAPI")) {
            System.setProperty("java.security.krb5.conf", System.getenv("KRB5_CONFIG"));
            p.put("sasl.kerberos.service.name", "kafka");
            p.put("sasl.jaas.config", "com.sun.security.auth.module.Krb5LoginModule required "
                    + "useKeyTab=true storeKey=true keyTab=\"" + env("KEYTAB") + "\" principal=\""
                    + env("PRINCIPAL") + "\";");
        } else {
            p.put("sasl.jaas.config", MODULES + (mechanism.equals("PLAIN")
                    ? "plain.PlainLoginModule" : "scram.ScramLoginModule")
                    + " required username=\"" + env("USER") + "\" password=\"" + env("PASSWORD")
                    + "\";");
        }
        return p;
    }

    static void produce() throws Exception {
        Properties p = settings();
        p.put("max.block.ms", "10000");
        p.put("request.timeout.ms", "8000");
        p.put("delivery.timeout.ms", "15000");
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(
                p, new StringSerializer(), new StringSerializer())) {
            producer.send(new ProducerRecord<>(TOPIC, 0, null, env("ROW")))
                    .get(WAIT_MS, TimeUnit.MILLISECONDS);
        }
    }

    static String read() throws Exception {
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(
                settings(), new StringDeserializer(), new StringDeserializer())) {
            TopicPartition place = new TopicPartition(TOPIC, 0);
            consumer.assign(List.of(place));
            consumer.seek(place, 0);
            long deadline = System.currentTimeMillis() + WAIT_MS;
            while (System.currentTimeMillis() < deadline) {
                for (ConsumerRecord<String, String> r : consumer.poll(Duration.ofSeconds(1))) {
                    return r.value();
                }
            }
            return null;
        }
    }

    static String outcome() {
        try {
            produce();
            String found = read();
            return env("ROW").equals(found) ? "ok" : "failed the row is " + found;
        } catch (Exception e) {
            Throwable cause = e instanceof ExecutionException ? e.getCause() : e;
            StringBuilder text = new StringBuilder(
                    cause instanceof AuthenticationException ? "refused" : "failed");
            for (Throwable t = cause; t != null; t = t.getCause()) {
                text.append(' ').append(t);
            }
            return text.toString();
        }
    }

    public static void main(String[] args) throws Exception {
        Properties p = new Properties();
        try (InputStream in = KafkaProducer.class.getResourceAsStream(
                "/kafka/kafka-version.properties")) {
            p.load(in);
        }
        System.out.println("version " + p.getProperty("version"));
        System.out.println("login " + outcome().replaceAll("\\s+", " "));
        System.exit(0);
    }
}
