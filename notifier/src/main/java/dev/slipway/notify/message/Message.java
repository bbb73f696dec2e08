package dev.slipway.notify.message;

import java.net.URI;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/**
 * News as a channel tells them: with where, which version, when, and where to look.
 *
 * @param about the name of the event: {@code RollbackStarted}
 * @param subject where it happened: {@code solacore/production}
 * @param version the version that is being released, as far as it is known
 * @param at when it happened
 * @param link where to look: the release on the status page
 */
public record Message(String about, News news, String subject, Optional<String> version, Instant at, URI link) {

    /** What it is about and what happened, in one short line: {@code solacore/production 2: Rollback started}. */
    public String title() {
        return oneLine(subject + version.map(it -> " " + it).orElse("") + ": " + news.headline());
    }

    /** All of it in one line of plain text. */
    public String text() {
        return oneLine("%s. %s%s %s"
                .formatted(
                        title(),
                        news.happened(),
                        news.toDo().map(it -> " " + it).orElse(""),
                        link));
    }

    /** When it happened, to the second. */
    public Instant time() {
        return at.truncatedTo(ChronoUnit.SECONDS);
    }

    // What others wrote must not be able to forge a line of a log, or a header of a mail.
    private static String oneLine(String text) {
        return text.replaceAll("[\\p{Cc}\\p{Zl}\\p{Zp}]+", " ").strip();
    }
}
