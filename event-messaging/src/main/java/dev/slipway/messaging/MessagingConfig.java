package dev.slipway.messaging;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.Map;

/** Settings of publishing and consuming. */
@ConfigMapping(prefix = "slipway.messaging")
public interface MessagingConfig {

    /** Kafka's addresses, {@code host:port}, separated by commas. */
    String bootstrapServers();

    /**
     * Further settings of Kafka's clients, by Kafka's own names, such as {@code security.protocol} and
     * {@code sasl.jaas.config}: for TLS and a login. What Slipway's guarantees rest on cannot be overridden.
     */
    Map<String, String> kafka();

    /** How many partitions a topic gets that does not exist yet; the same for all, see {@link dev.slipway.event.Topic}. */
    @WithDefault("6")
    int partitions();

    /** How many copies of a new topic's records Kafka keeps; -1 leaves it to the brokers' default. */
    @WithDefault("-1")
    short replication();

    /** The longest that a row which no commit announced (after a crash, or of another replica) waits in the outbox. */
    @WithDefault("100ms")
    Duration sweepEvery();

    /** The most rows of the outbox that are sent together; fewer, where they are large. */
    @WithDefault("500")
    int relayBatch();

    /** The most events that are handled in one transaction. */
    @WithDefault("500")
    int consumeBatch();

    /** After this long without a sign of life, a consumer's partitions go to another replica. */
    @WithDefault("6s")
    Duration sessionTimeout();

    /** How long a handled event is remembered; a repeat that comes later is handled again. */
    @WithDefault("7d")
    Duration inboxRetention();
}
