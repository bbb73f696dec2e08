package dev.slipway.release.status;

import dev.slipway.event.EventJson;
import jakarta.ws.rs.core.StreamingOutput;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.util.stream.Stream;

/** <a href="https://jsonlines.org/">JSON Lines</a>: a JSON object in each line. */
final class JsonLines {

    static final String JSONL = "application/jsonl";
    static final String NDJSON = "application/x-ndjson";

    private static final int BUFFER = 64 * 1024;

    private JsonLines() {}

    /** Writes what a stream gives, as it is read; a reader that is slow holds up the stream, and nothing else. */
    static StreamingOutput of(Stream<?> items) {
        return output -> {
            var lines = new BufferedOutputStream(output, BUFFER);
            var iterator = items.iterator();
            while (iterator.hasNext()) {
                lines.write(line(iterator.next()));
                lines.write('\n');
            }
            lines.flush();
        };
    }

    private static byte[] line(Object item) throws IOException {
        return EventJson.mapper().writeValueAsBytes(item);
    }
}
