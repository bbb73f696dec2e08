package dev.slipway.messaging;

import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;

/**
 * Records that can never be handled. They go, as they came, to the dead-letter topic of their topic, with headers that
 * say who gave up, why, and where the record stood.
 */
public final class DeadLetters {

    /** Why the record cannot be handled. */
    public static final String REASON = "slipway-dead-letter-reason";
    /** The service that gave up. */
    public static final String SERVICE = "slipway-dead-letter-service";
    /** Where the record stood: {@code topic/partition/offset}. */
    public static final String ORIGIN = "slipway-dead-letter-origin";

    /** A cause may quote whole statements with their arguments. */
    private static final int LONGEST_REASON = 1_000;

    static final Set<String> HEADERS = Set.of(REASON, SERVICE, ORIGIN);

    private DeadLetters() {}

    static ProducerRecord<String, byte[]> of(ConsumerRecord<byte[], byte[]> record, String service, String reason) {
        var headers = new RecordHeaders();
        var seen = new HashSet<>(HEADERS);
        record.headers().forEach(header -> {
            if (seen.add(header.key())) {
                headers.add(header.key(), header.value());
            }
        });
        headers.add(REASON, shortened(reason).getBytes(StandardCharsets.UTF_8));
        headers.add(SERVICE, service.getBytes(StandardCharsets.UTF_8));
        headers.add(ORIGIN, origin(record).getBytes(StandardCharsets.UTF_8));
        var key = record.key() == null ? null : new String(record.key(), StandardCharsets.UTF_8).replace("\0", "");
        return new ProducerRecord<>(record.topic() + ".dlq", null, key, record.value(), headers);
    }

    private static String shortened(String reason) {
        return reason.length() <= LONGEST_REASON ? reason : reason.substring(0, LONGEST_REASON) + "…";
    }

    static String origin(ConsumerRecord<?, ?> record) {
        return "%s/%d/%d".formatted(record.topic(), record.partition(), record.offset());
    }
}
