package dev.slipway.messaging;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import dev.slipway.event.EventJson;
import jakarta.inject.Singleton;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** Publishes events with the transaction of what they tell: both are kept, or neither is. */
@Singleton
public class Outbox {

    private final EventProducer producer;
    private final OutboxRelay relay;

    public Outbox(EventProducer producer, OutboxRelay relay) {
        this.producer = producer;
        this.relay = relay;
    }

    /** The CloudEvents source of the events that are published here; it names this service. */
    public String source() {
        return producer.source().toString();
    }

    /**
     * Publishes events once the transaction of {@code handle} is committed; events of one subject in the order in
     * which they were handed in.
     */
    public void publish(Handle handle, Collection<OutgoingEvent> events) {
        var statements = new Statements(handle);
        publish(statements, events);
        statements.send();
    }

    /** Publishes events, see {@link #publish(Handle, Collection)}, together with what else is written. */
    public void publish(Statements statements, Collection<OutgoingEvent> events) {
        store(statements, events.stream().map(producer::record).toList());
    }

    /** Publishes one event, see {@link #publish(Handle, Collection)}. */
    public void publish(Handle handle, OutgoingEvent event) {
        publish(handle, List.of(event));
    }

    /**
     * Sends a dead letter once more, as it came, to where it could not be handled; once the transaction of {@code
     * handle} is committed. Of Slipway's services only the one that gave it up handles it.
     *
     * @param redriveId names this redrive: the same one has its effect once
     */
    public void redrive(Handle handle, DeadLetter letter, UUID redriveId) {
        store(handle, List.of(letter.record(new Redrive(redriveId, letter.service()))));
    }

    void store(Handle handle, List<ProducerRecord<String, byte[]>> records) {
        var statements = new Statements(handle);
        store(statements, records);
        statements.send();
    }

    private void store(Statements statements, List<ProducerRecord<String, byte[]>> records) {
        if (records.isEmpty()) {
            return;
        }
        statements.add(
                """
                INSERT INTO outbox (topic, record_key, headers, value)
                SELECT topic, record_key, headers, value
                FROM unnest(?, ?, ?, ?) WITH ORDINALITY AS record (topic, record_key, headers, value, position)
                -- Gives the transaction its number before the rows get theirs: the relay goes by that.
                WHERE pg_current_xact_id() IS NOT NULL
                ORDER BY position
                """,
                records,
                Statements.text(ProducerRecord::topic),
                Statements.text(ProducerRecord::key),
                Statements.text(Outbox::headers),
                Statements.bytes(ProducerRecord::value));
        statements.handle().afterCommit(relay::wake);
    }

    private static String headers(ProducerRecord<String, byte[]> record) {
        var headers = new LinkedHashMap<String, @Nullable String>();
        record.headers().forEach(header -> headers.put(header.key(), text(header.value())));
        try {
            return EventJson.mapper().writeValueAsString(headers);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(
                    "The headers of a record for %s cannot be stored".formatted(record.topic()), e);
        }
    }

    static Headers headers(String stored) {
        try {
            var headers = new RecordHeaders();
            EventJson.mapper()
                    .readValue(stored, new TypeReference<Map<String, @Nullable String>>() {})
                    .forEach((name, text) -> headers.add(name, bytes(text)));
            return headers;
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException("The headers of a record in the outbox cannot be read", e);
        }
    }

    /** A dead letter keeps its headers as they came, binary ones too: in Latin-1 every byte is a character. */
    private static @Nullable String text(byte @Nullable [] value) {
        return value == null ? null : new String(value, StandardCharsets.ISO_8859_1);
    }

    private static byte @Nullable [] bytes(@Nullable String text) {
        return text == null ? null : text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
