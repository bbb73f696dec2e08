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
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.argument.Argument;

/** Publishes events with the transaction of what they tell: both are kept, or neither is. */
@Singleton
public class Outbox {

    private final EventProducer producer;
    private final OutboxRelay relay;

    public Outbox(EventProducer producer, OutboxRelay relay) {
        this.producer = producer;
        this.relay = relay;
    }

    /**
     * Publishes events once the transaction of {@code handle} is committed; events of one subject in the order in
     * which they were handed in.
     */
    public void publish(Handle handle, Collection<OutgoingEvent> events) {
        store(handle, events.stream().map(producer::record).toList());
    }

    /** Publishes one event, see {@link #publish(Handle, Collection)}. */
    public void publish(Handle handle, OutgoingEvent event) {
        publish(handle, List.of(event));
    }

    void store(Handle handle, List<ProducerRecord<String, byte[]>> records) {
        if (records.isEmpty()) {
            return;
        }
        var values = records.stream().map(ProducerRecord::value).toArray(byte[][]::new);
        handle.createUpdate("""
                        INSERT INTO outbox (topic, record_key, headers, value)
                        SELECT topic, record_key, headers, value
                        FROM unnest(:topics, :keys, :headers, :values)
                            WITH ORDINALITY AS record (topic, record_key, headers, value, position)
                        ORDER BY position
                        """)
                .bindArray(
                        "topics",
                        String.class,
                        records.stream().map(ProducerRecord::topic).toArray())
                .bindArray(
                        "keys",
                        String.class,
                        records.stream().map(ProducerRecord::key).toArray())
                .bindArray(
                        "headers",
                        String.class,
                        records.stream().map(Outbox::headers).toArray())
                // Jdbi would make an Object[] of it, which the driver cannot write as bytea[].
                .bind("values", (Argument) (position, statement, context) ->
                        statement.setArray(position, statement.getConnection().createArrayOf("bytea", values)))
                .execute();
        handle.afterCommit(relay::wake);
    }

    private static String headers(ProducerRecord<String, byte[]> record) {
        var headers = new LinkedHashMap<String, String>();
        record.headers().forEach(header -> headers.put(header.key(), text(header.value())));
        try {
            return EventJson.mapper().writeValueAsString(headers);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(
                    "The headers of a record for %s cannot be stored".formatted(record.topic()), e);
        }
    }

    static Map<String, String> headers(String stored) {
        try {
            return EventJson.mapper().readValue(stored, new TypeReference<>() {});
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException("The headers of a record in the outbox cannot be read", e);
        }
    }

    /** Header values are text; what others sent us otherwise (it can reach a dead letter) is kept readable. */
    private static String text(byte @org.jspecify.annotations.Nullable [] value) {
        return value == null ? "" : new String(value, StandardCharsets.UTF_8).replace("\0", "");
    }
}
