package dev.slipway.webhook;

import dev.slipway.webhook.delivery.DeliveryConfig;
import dev.slipway.webhook.ingest.IngestConfig;
import dev.slipway.webhook.source.SourceDefaults;
import io.quarkus.runtime.configuration.ConfigurationException;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

/** What one package tells another that does not know it. */
@Singleton
public class GatewayBeans {

    @Produces
    @Singleton
    SourceDefaults defaults(IngestConfig ingest, DeliveryConfig delivery) {
        try {
            return new SourceDefaults(ingest.largestBody().asLongValue(), delivery.retention());
        } catch (IllegalArgumentException e) {
            throw new ConfigurationException(
                    "slipway.webhook.ingest.largest-body or slipway.webhook.delivery.retention is wrong: it "
                            + e.getMessage(),
                    e);
        }
    }
}
