package dev.slipway.webhook.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.MultiMap;
import java.util.Set;
import org.junit.jupiter.api.Test;

class StoredHeadersTest {

    @Test
    void whatProvesASenderByItselfIsNotKept() {
        // Given
        var headers = MultiMap.caseInsensitiveMultiMap()
                .add("Authorization", "Bearer abc")
                .add("X-Supabase-Secret", "nobody-can-guess-this")
                .add("X-Hub-Signature-256", "sha256=00");

        // When
        var stored = StoredHeaders.of(headers, Set.of("x-supabase-secret"));

        // Then
        assertThat(stored).isEqualTo("Authorization: ***\nX-Supabase-Secret: ***\nX-Hub-Signature-256: sha256=00\n");
    }
}
