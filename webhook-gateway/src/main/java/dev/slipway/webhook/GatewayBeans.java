package dev.slipway.webhook;

import dev.slipway.webhook.delivery.DeliveryConfig;
import dev.slipway.webhook.ingest.IngestConfig;
import dev.slipway.webhook.source.SourceDefaults;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

/** What one package tells another that does not know it. */
@Singleton
public class GatewayBeans {

    @Produces
    @Singleton
    SourceDefaults defaults(IngestConfig ingest, DeliveryConfig delivery) {
        return new SourceDefaults(ingest.largestBody().asLongValue(), delivery.retention());
    }
}
