package dev.slipway.notify.channel;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.slipway.event.EventJson;
import dev.slipway.notify.message.Kind;
import dev.slipway.notify.message.Message;
import dev.slipway.notify.message.News;
import dev.slipway.notify.message.Tone;
import java.net.URI;
import java.time.Instant;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SlackMessageTest {

    @Test
    void has_text_for_notifications_and_blocks_for_the_conversation() throws JsonProcessingException {
        // Given
        var message = message(Tone.BAD, "a < b & c", Optional.of("Act now."));

        // When
        var json = EventJson.mapper().readTree(EventJson.mapper().writeValueAsString(SlackMessage.of(message)));

        // Then
        assertThat(json).isEqualTo(EventJson.mapper().readTree("""
                {
                  "text": "solacore/production 2: Rollback failed. a &lt; b &amp; c",
                  "blocks": [
                    {"type": "section", "text": {"type": "mrkdwn", "verbatim": true,
                       "text": ":red_circle: *solacore/production 2: Rollback failed*"}},
                    {"type": "section", "text": {"type": "mrkdwn", "verbatim": true, "text": "a &lt; b &amp; c"}},
                    {"type": "section", "text": {"type": "mrkdwn", "verbatim": true, "text": "Act now."}},
                    {"type": "context", "elements": [{"type": "mrkdwn", "verbatim": true,
                       "text": "<!date^1772373900^{date_short_pretty} {time_secs}|2026-03-01T14:05:00Z> · <https://slipway.test/?a=1&amp;b=2|Status>"}]}
                  ]
                }
                """));
    }

    @ParameterizedTest
    @EnumSource(Tone.class)
    void is_short_when_there_is_nothing_to_do(Tone tone) {
        // Given
        var message = message(tone, "It happened.", Optional.empty());

        // When
        var slack = SlackMessage.of(message);

        // Then
        assertThat(slack.blocks()).hasSize(3);
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            plain,          20, plain
            <!channel> & x, 60, &lt;!channel&gt; &amp; x
            abcdef,         6,  abcdef
            abcdefg,        6,  abcde…
            abcd&,          6,  abcd…
            abcd&e,         9,  abcd…
            abc😀,          5,  abc😀
            abc😀d,         5,  abc…
            """)
    void is_escaped_and_never_cut_within_an_escape_or_a_character(String text, int atMost, String expected) {
        // When
        var escaped = SlackMessage.escape(text, atMost);

        // Then
        assertThat(escaped).isEqualTo(expected);
    }

    @Property
    void is_never_longer_than_slack_allows_and_means_what_was_said(
            @ForAll @StringLength(max = 60) String text, @ForAll @IntRange(min = 1, max = 80) int atMost) {
        // When
        var escaped = SlackMessage.escape(text, atMost);

        // Then
        assertThat(escaped).hasSizeLessThanOrEqualTo(atMost).doesNotContain("<", ">");
        var meant = escaped.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
        assertThat(meant.equals(text) || text.startsWith(meant.substring(0, meant.length() - 1)))
                .isTrue();
    }

    @Property(tries = 20)
    void no_text_is_longer_than_slack_allows(@ForAll @StringLength(min = 5_000, max = 9_000) String text) {
        // Given
        var message = message(Tone.INFO, text, Optional.of(text));

        // When
        var slack = SlackMessage.of(message);

        // Then
        assertThat(slack.text()).hasSizeLessThanOrEqualTo(SlackMessage.MAX_TEXT);
        assertThat(slack.blocks())
                .allSatisfy(block -> assertThat(longest(block)).isLessThanOrEqualTo(SlackMessage.MAX_TEXT));
    }

    private static int longest(SlackMessage.Block block) {
        return switch (block) {
            case SlackMessage.Section section -> section.text().text().length();
            case SlackMessage.Context context ->
                context.elements().getFirst().text().length();
        };
    }

    private static Message message(Tone tone, String happened, Optional<String> toDo) {
        return new Message(
                "RollbackFailed",
                new News(Kind.RELEASE, tone, "Rollback failed", happened, toDo),
                "solacore/production",
                Optional.of("2"),
                Instant.parse("2026-03-01T14:05:00Z"),
                URI.create("https://slipway.test/?a=1&b=2"));
    }
}
