package dev.slipway.notify.channel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.notify.channel.Outcome.Delivered;
import dev.slipway.notify.channel.Outcome.Refused;
import dev.slipway.notify.channel.Outcome.Retry;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SlackAnswerTest {

    private static final Instant NOW = Instant.parse("2026-03-01T14:05:00Z");

    @Test
    void ok_is_a_delivery() {
        // When
        var outcome = new SlackAnswer(200, Optional.empty(), "ok").outcome(NOW);

        // Then
        assertThat(outcome).isEqualTo(new Delivered());
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            408, ''
            429, rate_limited
            500, rollup_error
            502, <html>bad gateway</html>
            503, service_unavailable
            504, ''
            """)
    void trouble_that_passes_is_tried_again(int status, String body) {
        // When
        var outcome = new SlackAnswer(status, Optional.empty(), body).outcome(NOW);

        // Then
        assertThat(outcome)
                .asInstanceOf(InstanceOfAssertFactories.type(Retry.class))
                .satisfies(retry -> {
                    assertThat(retry.reason()).contains(Integer.toString(status));
                    assertThat(retry.after()).isEmpty();
                });
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            400, invalid_payload,      form
            400, no_text,              form
            403, invalid_token,        SLACK_WEBHOOK_URL
            403, action_prohibited,    administrator
            404, no_service,           SLACK_WEBHOOK_URL
            404, no_team,              SLACK_WEBHOOK_URL
            404, no_active_hooks,      SLACK_WEBHOOK_URL
            404, channel_not_found,    another channel
            410, channel_is_archived,  another channel
            418, teapot,               will not take
            """)
    void trouble_that_stays_is_refused_with_what_to_do(int status, String body, String toDo) {
        // When
        var outcome = new SlackAnswer(status, Optional.empty(), body).outcome(NOW);

        // Then
        assertThat(outcome)
                .asInstanceOf(InstanceOfAssertFactories.type(Refused.class))
                .satisfies(refused -> assertThat(refused.reason()).contains(body, toDo));
    }

    @ParameterizedTest
    @CsvSource({"200, <html>", "204, ''", "302, ''", "200, not ok"})
    void an_answer_that_is_not_slacks_is_refused(int status, String body) {
        // When
        var outcome = new SlackAnswer(status, Optional.empty(), body).outcome(NOW);

        // Then
        assertThat(outcome)
                .asInstanceOf(InstanceOfAssertFactories.type(Refused.class))
                .satisfies(refused -> assertThat(refused.reason()).contains("SLACK_WEBHOOK_URL"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "none", textBlock = """
            30                            | PT30S
            0                             | PT0S
            ' 7 '                         | PT7S
            999999999                     | PT1H
            Sun, 01 Mar 2026 14:06:30 GMT | PT1M30S
            Sun, 01 Mar 2026 14:00:00 GMT | PT0S
            -5                            | none
            soon                          | none
            99999999999                   | none
            """)
    void the_wait_that_is_asked_for_is_kept(String retryAfter, Duration expected) {
        // When
        var outcome = new SlackAnswer(429, Optional.of(retryAfter), "").outcome(NOW);

        // Then
        assertThat(outcome)
                .asInstanceOf(InstanceOfAssertFactories.type(Retry.class))
                .satisfies(retry -> assertThat(retry.after()).isEqualTo(Optional.ofNullable(expected)));
    }
}
