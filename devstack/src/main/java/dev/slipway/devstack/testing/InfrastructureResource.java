package dev.slipway.devstack.testing;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.util.HashMap;
import java.util.Map;

/**
 * Hands the shared infrastructure to a Quarkus test:
 * {@snippet :
 * @QuarkusTest
 * @QuarkusTestResource(InfrastructureResource.class)
 * }
 */
public final class InfrastructureResource implements QuarkusTestResourceLifecycleManager {

    @Override
    public Map<String, String> start() {
        Map<String, String> configuration =
                new HashMap<>(Infrastructure.shared().configuration());
        // The broker shares the JVM, and with it the log, of the service under test.
        for (String category : new String[] {"kafka", "org.apache.kafka", "state.change.logger"}) {
            configuration.put("quarkus.log.category.\"%s\".level".formatted(category), "WARN");
        }
        configuration.put("quarkus.log.category.\"io.zonky\".level", "OFF");
        return configuration;
    }

    /** Leaves all running: the infrastructure ends with the JVM, so that the next test need not start it again. */
    @Override
    public void stop() {}
}
