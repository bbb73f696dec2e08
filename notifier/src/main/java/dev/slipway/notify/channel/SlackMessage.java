package dev.slipway.notify.channel;

import dev.slipway.notify.message.Message;
import dev.slipway.notify.message.Tone;
import java.util.ArrayList;
import java.util.List;

/**
 * A message as Slack wants it: blocks for the conversation, plain text for notifications and screen readers.
 *
 * @see <a href="https://docs.slack.dev/reference/block-kit/blocks/section-block">Section: at most 3,000 characters</a>
 * @see <a href="https://docs.slack.dev/messaging/formatting-message-text">Escaping, and times in the reader's zone</a>
 */
record SlackMessage(String text, List<Block> blocks) {

    /** The most characters in one text. */
    static final int MAX_TEXT = 3_000;

    sealed interface Block {

        String type();
    }

    record Section(String type, Text text) implements Block {

        Section(String markdown) {
            this("section", new Text(markdown));
        }
    }

    record Context(String type, List<Text> elements) implements Block {

        Context(String markdown) {
            this("context", List.of(new Text(markdown)));
        }
    }

    /** @param verbatim keeps Slack from making mentions and links of what only looks like them */
    record Text(String type, String text, boolean verbatim) {

        Text(String markdown) {
            this("mrkdwn", markdown, true);
        }
    }

    static SlackMessage of(Message message) {
        var blocks = new ArrayList<Block>();
        blocks.add(new Section("%s *%s*".formatted(mark(message.news().tone()), escape(message.title(), 1_000))));
        blocks.add(new Section(escape(message.news().happened(), MAX_TEXT)));
        message.news().toDo().ifPresent(toDo -> blocks.add(new Section(escape(toDo, MAX_TEXT))));
        blocks.add(new Context("<!date^%d^{date_short_pretty} {time_secs}|%s> · <%s|Status>"
                .formatted(
                        message.at().getEpochSecond(),
                        message.time(),
                        escape(message.link().toString(), 1_000))));
        return new SlackMessage(escape(message.title() + ". " + message.news().happened(), MAX_TEXT), blocks);
    }

    /**
     * Escapes the three characters that Slack asks to be escaped, and cuts what is too long, never within an escape or
     * a character.
     */
    static String escape(String text, int atMost) {
        var escaped = new StringBuilder();
        var end = 0;
        for (int character : text.codePoints().toArray()) {
            switch (character) {
                case '&' -> escaped.append("&amp;");
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                default -> escaped.appendCodePoint(character);
            }
            if (escaped.length() > atMost) {
                return escaped.substring(0, end) + "…";
            }
            if (escaped.length() < atMost) {
                end = escaped.length();
            }
        }
        return escaped.toString();
    }

    private static String mark(Tone tone) {
        return switch (tone) {
            case INFO -> ":information_source:";
            case GOOD -> ":white_check_mark:";
            case ATTENTION -> ":raised_hand:";
            case BAD -> ":red_circle:";
        };
    }
}
