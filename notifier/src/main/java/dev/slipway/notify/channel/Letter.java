package dev.slipway.notify.channel;

import dev.slipway.notify.message.Message;
import java.util.UUID;

/**
 * One message to one recipient.
 *
 * @param id the notification; the same at every attempt
 * @param recipient whom, in the channel's own terms; empty for a channel that leads to one place
 */
public record Letter(UUID id, String recipient, Message message) {}
