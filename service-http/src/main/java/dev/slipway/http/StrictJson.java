package dev.slipway.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectReader;
import dev.slipway.event.EventJson;
import java.util.Optional;

/**
 * Reads the bodies of calls that do much at once: a word that is not understood is refused, for it may be one that was
 * meant to restrict what is done.
 */
public final class StrictJson {

    private static final ObjectReader READER = EventJson.mapper()
            .reader()
            .with(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .without(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .with(StreamReadFeature.STRICT_DUPLICATE_DETECTION);

    private StrictJson() {}

    /**
     * Reads a body.
     *
     * @throws JsonProcessingException if it is not JSON, or not of that type; it is answered 400
     */
    public static <T> T read(String body, Class<T> type) throws JsonProcessingException {
        return Optional.ofNullable(READER.forType(type).<T>readValue(body))
                .orElseThrow(() -> ProblemException.badRequest("The body must be a JSON object."));
    }
}
