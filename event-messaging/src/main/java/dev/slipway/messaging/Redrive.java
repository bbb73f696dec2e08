package dev.slipway.messaging;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.slipway.messaging.Inbox.EventName;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/**
 * What marks a record as one that is sent once more to the service that gave it up.
 *
 * @param id the redrive's own id
 * @param service who is to handle it now
 */
record Redrive(UUID id, String service) {

    static final String ID = "slipway-redrive";
    static final String SERVICE = "slipway-redrive-service";
    static final Set<String> HEADERS = Set.of(ID, SERVICE);

    /** What a record says; nothing if it is no redrive, or not one of ours. */
    static Optional<Redrive> of(ConsumerRecord<?, ?> record) {
        try {
            return text(record, ID)
                    .map(UUID::fromString)
                    .flatMap(id -> text(record, SERVICE).map(service -> new Redrive(id, service)));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** The name under which the inbox knows it. */
    EventName name() {
        return new EventName("redrive", id.toString());
    }

    void mark(Headers headers) {
        headers.add(ID, id.toString().getBytes(UTF_8));
        headers.add(SERVICE, service.getBytes(UTF_8));
    }

    private static Optional<String> text(ConsumerRecord<?, ?> record, String header) {
        return Optional.ofNullable(record.headers().lastHeader(header))
                .map(Header::value)
                .map(value -> new String(value, UTF_8));
    }
}
