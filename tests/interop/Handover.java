/*
 * Handover - the Java client logs in by a file of `schloss user` as it is, and lists topics.
 *
 *     java -cp 'jars/*' Handover.java client.properties
 */
import java.io.FileInputStream;
import java.io.InputStream;
import java.util.Properties;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;

public class Handover {
    public static void main(String[] args) throws Exception {
        Properties p = new Properties();
        try (InputStream in = new FileInputStream(args[0])) {
            p.load(in);
        }
        try (Admin admin = Admin.create(p)) {
            System.out.println("topics "
                    + new TreeSet<>(admin.listTopics().names().get(30, TimeUnit.SECONDS)));
        }
        System.exit(0);
    }
}
