import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.File;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.metrics.internals.PluginMetricsImpl;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.apache.kafka.metadata.authorizer.StandardAcl;
import org.apache.kafka.metadata.authorizer.StandardAuthorizer;
import org.apache.kafka.server.authorizer.Action;
import org.apache.kafka.server.authorizer.AuthorizableRequestContext;
import org.apache.kafka.server.authorizer.AuthorizationResult;

/**
 * Asks Apache Kafka's own authorizer.
 *
 *     judge IN OUT     the cases of IN, each with what it says as "expect"
 *     time RULES...    nanoseconds of a decision with so many rules, as one JSON object
 */
public class Authorizer {
    record Context(KafkaPrincipal principal, InetAddress clientAddress)
            implements AuthorizableRequestContext {
        public String listenerName() { return "SASL_SSL"; }
        public SecurityProtocol securityProtocol() { return SecurityProtocol.SASL_SSL; }
        public int requestType() { return 0; }
        public int requestVersion() { return 0; }
        public String clientId() { return "tests"; }
        public int correlationId() { return 0; }
    }

    static StandardAuthorizer authorizer(Map<String, Object> settings, List<StandardAcl> acls) {
        StandardAuthorizer a = new StandardAuthorizer();
        Map<Uuid, StandardAcl> snapshot = new HashMap<>();
        a.configure(settings);
        a.withPluginMetrics(new PluginMetricsImpl(new Metrics(), Map.of()));
        for (StandardAcl acl : acls) {
            snapshot.put(Uuid.randomUuid(), acl);
        }
        a.loadSnapshot(snapshot);
        a.completeInitialLoad();
        return a;
    }

    static KafkaPrincipal principal(String text) {
        int colon = text.indexOf(':');
        return new KafkaPrincipal(text.substring(0, colon), text.substring(colon + 1));
    }

    static StandardAcl acl(JsonNode n) {
        return new StandardAcl(ResourceType.valueOf(n.get("resource_type").asText()),
            n.get("resource_name").asText(), PatternType.valueOf(n.get("pattern_type").asText()),
            n.get("principal").asText(), n.get("host").asText(),
            AclOperation.valueOf(n.get("operation").asText()),
            AclPermissionType.valueOf(n.get("permission").asText()));
    }

    static String judge(JsonNode test, boolean byType) throws Exception {
        Map<String, Object> settings = new HashMap<>();
        test.get("config").properties().forEach(
            e -> settings.put(e.getKey(), e.getValue().asText()));
        List<StandardAcl> acls = new ArrayList<>();
        test.get("acls").forEach(n -> {
            StandardAcl acl = acl(n);
            if (!acls.contains(acl)) {
                acls.add(acl);
            }
        });
        try (StandardAuthorizer a = authorizer(settings, acls)) {
            JsonNode r = test.get("request");
            Context context = new Context(principal(r.get("principal").asText()),
                InetAddress.getByName(r.get("host").asText()));
            AclOperation operation = AclOperation.valueOf(r.get("operation").asText());
            ResourceType type = ResourceType.valueOf(r.get("resource_type").asText());
            AuthorizationResult result = byType
                ? a.authorizeByResourceType(context, operation, type)
                : a.authorize(context, List.of(new Action(operation, new ResourcePattern(type,
                    r.get("resource_name").asText(), PatternType.LITERAL), 1, true, true))).get(0);
            return result == AuthorizationResult.ALLOWED ? "ALLOW" : "DENY";
        }
    }

    static void judgeAll(String in, String out) throws Exception {
        ObjectMapper mapper = new ObjectMapper();
        JsonNode all = mapper.readTree(new File(in));
        for (String part : List.of("authorize", "authorize_by_resource_type")) {
            for (JsonNode test : all.get(part)) {
                ((ObjectNode) test).put("expect",
                    judge(test, part.equals("authorize_by_resource_type")));
            }
        }
        mapper.writeValue(new File(out), all);
    }

    /* Principals and topics as bench-policy has them: one rule for each pair. */
    static String time(int rules) throws Exception {
        List<StandardAcl> acls = new ArrayList<>();
        for (int i = 0; i < rules; i++) {
            acls.add(new StandardAcl(ResourceType.TOPIC, "team-" + i / 10 + ".topic-" + i,
                i % 2 == 0 ? PatternType.LITERAL : PatternType.PREFIXED, "User:svc-" + i / 10,
                "*", AclOperation.READ, AclPermissionType.ALLOW));
        }
        try (StandardAuthorizer a = authorizer(Map.of(), acls)) {
            Random random = new Random(1);
            int count = 20000;
            List<List<Action>> actions = new ArrayList<>();
            List<Context> contexts = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                int k = random.nextInt(rules);
                contexts.add(new Context(principal("User:svc-" + k / 10),
                    InetAddress.getByName("10.0.0.7")));
                actions.add(List.of(new Action(AclOperation.READ, new ResourcePattern(
                    ResourceType.TOPIC, "team-" + k / 10 + ".topic-" + k, PatternType.LITERAL),
                    1, false, false)));
            }
            long[] ns = new long[count];
            long allowed = 0;
            for (int round = 0; round < 30; round++) {
                for (int i = 0; i < count; i++) {
                    long before = System.nanoTime();
                    AuthorizationResult r = a.authorize(contexts.get(i), actions.get(i)).get(0);
                    ns[i] = System.nanoTime() - before;
                    allowed += r == AuthorizationResult.ALLOWED ? 1 : 0;
                }
            }
            Arrays.sort(ns);
            return String.format("{\"rules\": %d, \"ns\": %d, \"p99_ns\": %d, \"allowed\": %d}",
                rules, Arrays.stream(ns).sum() / count, ns[count * 99 / 100], allowed / 30);
        }
    }

    public static void main(String[] arguments) throws Exception {
        if (arguments[0].equals("judge")) {
            judgeAll(arguments[1], arguments[2]);
            return;
        }
        List<String> rows = new ArrayList<>();
        for (String rules : Arrays.copyOfRange(arguments, 1, arguments.length)) {
            rows.add(time(Integer.parseInt(rules)));
        }
        System.out.println("{\"decisions\": [" + String.join(", ", rows) + "]}");
    }
}
