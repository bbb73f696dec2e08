package dev.slipway.notify.channel;

import io.smallrye.config.ConfigMapping;
import java.util.Optional;

/** The Slack channel. */
@ConfigMapping(prefix = "slipway.slack")
public interface SlackConfig {

    /**
     * The URL of a Slack incoming webhook ({@code SLACK_WEBHOOK_URL}). Whoever has it can post, so it is a secret.
     * Without it, Slack is not configured.
     */
    Optional<String> webhookUrl();
}
