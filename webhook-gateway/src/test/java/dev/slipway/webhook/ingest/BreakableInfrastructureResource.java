package dev.slipway.webhook.ingest;

import dev.slipway.devstack.testing.BreakableInfrastructure;
import dev.slipway.devstack.testing.Infrastructure;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.util.HashMap;
import java.util.Map;

/** A PostgreSQL and a Kafka of one test's own, which it may stop. */
public class BreakableInfrastructureResource implements QuarkusTestResourceLifecycleManager {

    private BreakableInfrastructure infrastructure;

    /** After the one that the other tests share, so that these addresses hold. */
    @Override
    public int order() {
        return 1;
    }

    @Override
    public Map<String, String> start() {
        infrastructure = Infrastructure.start();
        var configuration = new HashMap<>(infrastructure.infrastructure().configuration());
        // So little that an outage of Kafka fills it at once.
        configuration.put("slipway.webhook.delivery.publishing", "2K");
        configuration.put("slipway.webhook.ingest.unanswered", "64K");
        return configuration;
    }

    @Override
    public void inject(TestInjector injector) {
        injector.injectIntoFields(infrastructure, new TestInjector.MatchesType(BreakableInfrastructure.class));
    }

    @Override
    public void stop() {
        infrastructure.close();
    }
}
