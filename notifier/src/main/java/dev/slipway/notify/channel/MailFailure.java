package dev.slipway.notify.channel;

import dev.slipway.notify.channel.Outcome.Refused;
import dev.slipway.notify.channel.Outcome.Retry;
import io.vertx.ext.mail.SMTPException;
import java.net.ConnectException;
import java.net.UnknownHostException;

/**
 * What it means when a mail could not be handed to the server.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc5321#section-4.2.1">RFC 5321: 4yz may be tried again, 5yz may not</a>
 */
final class MailFailure {

    private MailFailure() {}

    static Outcome outcome(Throwable failure) {
        return switch (failure) {
            case SMTPException smtp
            when smtp.isPermanent() -> new Refused("The mail server refused it: %s".formatted(reply(smtp)));
            case SMTPException smtp -> new Retry("The mail server is not ready for it: %s".formatted(reply(smtp)));
            case ConnectException _ ->
                new Retry("The mail server could not be reached; see SLIPWAY_MAIL_HOST and _PORT");
            case UnknownHostException _ -> new Retry("The mail server's name is not known; see SLIPWAY_MAIL_HOST");
            default -> new Retry("The mail could not be handed to the server: %s".formatted(failure.getMessage()));
        };
    }

    private static String reply(SMTPException smtp) {
        return String.join(" ", smtp.getReplyMessages()).strip();
    }
}
