package dev.slipway.notify.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.slipway.notify.channel.Outcome.Refused;
import dev.slipway.notify.channel.Outcome.Retry;
import io.vertx.ext.mail.SMTPException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class MailFailureTest {

    static Stream<Arguments> failures() {
        return Stream.of(
                arguments(
                        smtp(550, "550 5.1.1 No such user"),
                        new Refused("The mail server refused it: 550 5.1.1 No such user")),
                arguments(
                        smtp(535, "535 5.7.8 Authentication failed"),
                        new Refused("The mail server refused it: 535 5.7.8 Authentication failed")),
                arguments(
                        smtp(451, "451 4.7.1 Greylisted"),
                        new Retry("The mail server is not ready for it: 451 4.7.1 Greylisted")),
                arguments(smtp(421, "421 Closing"), new Retry("The mail server is not ready for it: 421 Closing")),
                arguments(
                        new ConnectException("refused"),
                        new Retry("The mail server could not be reached; see SLIPWAY_MAIL_HOST and _PORT")),
                arguments(
                        new UnknownHostException("nowhere"),
                        new Retry("The mail server's name is not known; see SLIPWAY_MAIL_HOST")),
                arguments(new IOException("reset"), new Retry("The mail could not be handed to the server: reset")));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void five_hundreds_are_refusals_and_all_else_may_pass(Throwable failure, Outcome expected) {
        // When
        var outcome = MailFailure.outcome(failure);

        // Then
        assertThat(outcome).isEqualTo(expected);
    }

    private static SMTPException smtp(int code, String reply) {
        return new SMTPException("a prefix", code, List.of(reply), true);
    }
}
