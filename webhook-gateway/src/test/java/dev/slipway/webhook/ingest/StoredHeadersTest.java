package dev.slipway.webhook.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.MultiMap;
import java.util.Optional;
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
        var stored = StoredHeaders.of(headers, Set.of("x-supabase-secret"), Optional.empty());

        // Then
        assertThat(stored).isEqualTo("Authorization: ***\nX-Supabase-Secret: ***\nX-Hub-Signature-256: sha256=00\n");
    }

    @Test
    void whatAProxyNotedOfAUrlWithASecretIsNotKept() {
        // Given
        var headers = MultiMap.caseInsensitiveMultiMap()
                .add("X-Original-URI", "/webhooks/railway/a%2Db")
                .add("X-Request", "POST /webhooks/railway/a-b")
                .add("X-Request-Id", "1");

        // When
        var stored = StoredHeaders.of(headers, Set.of(), Optional.of("a-b"));

        // Then
        assertThat(stored).isEqualTo("X-Original-URI: ***\nX-Request: ***\nX-Request-Id: 1\n");
    }
}
