package dev.slipway.notify.channel;

import dev.slipway.notify.channel.Outcome.Delivered;
import dev.slipway.notify.channel.Outcome.Refused;
import dev.slipway.notify.channel.Outcome.Retry;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Optional;

/**
 * What Slack answered to an incoming webhook.
 *
 * @param body as far as it was read
 * @see <a href="https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors">Errors</a>
 */
record SlackAnswer(int status, Optional<String> retryAfter, String body) {

    private static final Duration LONGEST_WAIT = Duration.ofHours(1);

    Outcome outcome(Instant now) {
        var said = body.replaceAll("\\s+", " ").strip();
        if (status == 200 && said.equals("ok")) {
            return new Delivered();
        }
        if (status == 429) {
            return new Retry("Slack asks for fewer messages (429)", retryAfter.flatMap(value -> wait(value, now)));
        }
        if (status >= 500 || status == 408) {
            return new Retry(
                    "Slack answered %d %s".formatted(status, said).strip(),
                    retryAfter.flatMap(value -> wait(value, now)));
        }
        if (status < 400) {
            // Nothing says that people saw it, and nothing says that they did not: a repeat could go on for a day.
            return new Refused("SLACK_WEBHOOK_URL answered %d instead of Slack's 'ok'; see whether it is the URL of an"
                            .formatted(status)
                    + " incoming webhook");
        }
        return new Refused("Slack answered %d %s: %s".formatted(status, said, meaning(said)));
    }

    private static String meaning(String error) {
        return switch (error) {
            case "no_service", "no_active_hooks", "invalid_token", "no_team", "no_service_id" ->
                "the webhook was removed or its URL is wrong; make a new one and set SLACK_WEBHOOK_URL";
            case "channel_not_found", "channel_is_archived" ->
                "its channel is gone; make a webhook for another channel and set SLACK_WEBHOOK_URL";
            case "action_prohibited", "posting_to_general_channel_denied" ->
                "an administrator forbade it; ask for the permission, or use a webhook for another channel";
            case "invalid_payload", "no_text", "too_many_attachments" -> "it does not accept the message's form";
            default -> "it will not take the message";
        };
    }

    /** Seconds, or a date, as RFC 9110 section 10.2.3 has it. */
    private static Optional<Duration> wait(String value, Instant now) {
        try {
            var wait = value.strip().matches("\\d{1,9}")
                    ? Duration.ofSeconds(Long.parseLong(value.strip()))
                    : Duration.between(
                            now,
                            ZonedDateTime.parse(value.strip(), DateTimeFormatter.RFC_1123_DATE_TIME)
                                    .toInstant());
            return Optional.of(
                    wait.isNegative() ? Duration.ZERO : wait.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : wait);
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }
}
