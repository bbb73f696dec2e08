package dev.slipway.messaging;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.CommonClientConfigs;

/** The settings of a Kafka client: the operator's, below those that Slipway itself rests on. */
final class KafkaSettings {

    private KafkaSettings() {}

    static Map<String, Object> of(MessagingConfig config, Map<String, Object> own) {
        Map<String, Object> settings = new HashMap<>(config.kafka());
        settings.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, config.bootstrapServers());
        settings.putAll(own);
        return settings;
    }
}
