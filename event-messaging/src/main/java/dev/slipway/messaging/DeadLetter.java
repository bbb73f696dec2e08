package dev.slipway.messaging;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.slipway.event.Topic;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;

/**
 * A record that a service gave up, as it stands on a dead-letter topic.
 *
 * @param topic where it could not be handled
 * @param partition of the dead-letter topic
 * @param offset in that partition
 * @param at when it was given up
 * @param key absent if it came without
 * @param headers with the dead letter's own; a byte is a character, as in Latin-1
 * @param value absent if it came without
 * @param redriveId the redrive that led to it, if it had been given up before
 */
@SuppressWarnings("ArrayRecordComponent") // Nobody compares these.
public record DeadLetter(
        Topic topic,
        int partition,
        long offset,
        Instant at,
        Optional<String> key,
        Map<String, String> headers,
        Optional<byte[]> value,
        Optional<UUID> redriveId) {

    public DeadLetter {
        headers = Collections.unmodifiableMap(new LinkedHashMap<>(headers));
    }

    /** The service that gave it up. */
    public String service() {
        return header(DeadLetters.SERVICE).orElse("");
    }

    /** Why it cannot be handled. */
    public String reason() {
        return header(DeadLetters.REASON).orElse("");
    }

    /** Where it stood: {@code topic/partition/offset}. */
    public String origin() {
        return header(DeadLetters.ORIGIN).orElse("");
    }

    /** An attribute of its CloudEvent, {@code id} for instance; those of structured mode stand in the value alone. */
    public Optional<String> attribute(String name) {
        return header("ce_" + name);
    }

    /** A header as text. */
    public Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name)).map(value -> new String(value.getBytes(ISO_8859_1), UTF_8));
    }

    /** Reads a record of a dead-letter topic; one that no service put there is none. */
    static Optional<DeadLetter> read(ConsumerRecord<byte[], byte[]> record, Topic topic) {
        var headers = new LinkedHashMap<String, String>();
        record.headers().forEach(header -> {
            if (header.value() != null) {
                headers.put(header.key(), new String(header.value(), ISO_8859_1));
            }
        });
        return headers.containsKey(DeadLetters.SERVICE)
                ? Optional.of(new DeadLetter(
                        topic,
                        record.partition(),
                        record.offset(),
                        Instant.ofEpochMilli(record.timestamp()),
                        Optional.ofNullable(record.key()).map(key -> new String(key, UTF_8)),
                        headers,
                        Optional.ofNullable(record.value()),
                        Redrive.of(record).map(Redrive::id)))
                : Optional.empty();
    }

    /** The record as it came, but for the mark of its redrive. */
    ProducerRecord<String, byte[]> record(Redrive redrive) {
        var came = new RecordHeaders();
        headers.forEach((name, value) -> {
            if (!DeadLetters.HEADERS.contains(name) && !Redrive.HEADERS.contains(name)) {
                came.add(name, value.getBytes(ISO_8859_1));
            }
        });
        redrive.mark(came);
        return new ProducerRecord<>(topic.topicName(), null, key.orElse(null), value.orElse(null), came);
    }
}
