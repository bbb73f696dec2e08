package dev.slipway.webhook.forward;

import dev.slipway.condition.Durations;
import dev.slipway.event.Subject;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Where deliveries of a source are forwarded to.
 *
 * @param name unique in its source
 * @param url {@code https}; or {@code http}, which is only called in networks that are allowed
 * @param signing how the application recognises a genuine forward
 * @param schedule the pauses before the second attempt, the third, and so on; when the attempt after the last pause
 *     fails, the forward is given up
 * @param timeout how long one attempt may take, from looking up the host to the answer's end
 * @param ordered whether a delivery waits until the one before it, of the same subject, is delivered or given up
 * @param concurrency the most attempts that a replica makes at the same time
 * @param types which types of events it gets: names, or beginnings of names that end with {@code *}; all if there are
 *     none
 */
public record Endpoint(
        String name,
        URI url,
        Signing signing,
        List<Duration> schedule,
        Duration timeout,
        boolean ordered,
        int concurrency,
        List<String> types) {

    /** The schedule that <a href="https://www.standardwebhooks.com">Standard Webhooks</a> recommends, some three days. */
    public static final List<Duration> SCHEDULE = List.of(
            Duration.ofSeconds(5),
            Duration.ofMinutes(5),
            Duration.ofMinutes(30),
            Duration.ofHours(2),
            Duration.ofHours(5),
            Duration.ofHours(10),
            Duration.ofHours(14),
            Duration.ofHours(20),
            Duration.ofHours(24));

    /** How long an attempt may take, unless said otherwise. */
    public static final Duration TIMEOUT = Duration.ofSeconds(15);

    /** How many attempts are made at the same time, unless said otherwise. */
    public static final int CONCURRENCY = 8;

    private static final Duration LONGEST_TIMEOUT = Duration.ofMinutes(1);
    private static final Duration LONGEST_PAUSE = Duration.ofDays(30);
    private static final int MOST_PAUSES = 50;
    private static final int MOST_CONCURRENCY = 64;
    private static final Pattern TYPE = Pattern.compile("[!-)+-~]*\\*?");

    /** @throws IllegalArgumentException if a value is not one that it can have; the message says which */
    public Endpoint {
        require(
                Subject.NAME.matcher(name).matches(),
                "name",
                "must be 1 to 63 lower-case letters, digits, dots, dashes or underscores, and begin and end with a letter or digit");
        require(
                "https".equals(url.getScheme()) || "http".equals(url.getScheme()),
                "url",
                "must begin with https:// or http://");
        require(url.getHost() != null, "url", "has no valid host");
        require(
                url.getUserInfo() == null,
                "url",
                "holds credentials, which would be shown; let the application verify the signature");
        require(url.getFragment() == null, "url", "has a fragment, which is never sent");
        require(
                schedule.size() <= MOST_PAUSES && schedule.stream().allMatch(pause -> isUpTo(LONGEST_PAUSE, pause)),
                "schedule",
                "must be at most %d pauses of at most %s".formatted(MOST_PAUSES, Durations.format(LONGEST_PAUSE)));
        require(isUpTo(LONGEST_TIMEOUT, timeout), "timeout", "must be at most " + Durations.format(LONGEST_TIMEOUT));
        require(
                concurrency >= 1 && concurrency <= MOST_CONCURRENCY,
                "concurrency",
                "must be between 1 and %d".formatted(MOST_CONCURRENCY));
        require(
                types.stream()
                        .allMatch(type -> !type.isEmpty() && TYPE.matcher(type).matches()),
                "types",
                "must be names of types; a '*' may stand at their ends only");
        schedule = List.copyOf(schedule);
        types = List.copyOf(types);
    }

    /** The same, signing by these secrets if it signs by any. */
    public Endpoint signingWith(List<SigningSecret> secrets) {
        return switch (signing) {
            case Signing.Original _ -> this;
            case Signing.StandardWebhooks _ ->
                new Endpoint(
                        name,
                        url,
                        new Signing.StandardWebhooks(secrets),
                        schedule,
                        timeout,
                        ordered,
                        concurrency,
                        types);
        };
    }

    /** Its URL for whoever may not set it up: all that stands behind the host may be a secret. */
    public URI maskedUrl() {
        var isBare = url.getRawQuery() == null && url.getRawPath().length() <= 1;
        return isBare ? url : url.resolve("/***");
    }

    /** Whether it gets events of a type. */
    public boolean takes(String type) {
        return types.isEmpty() || types.stream().anyMatch(pattern -> matches(pattern, type));
    }

    private static boolean matches(String pattern, String type) {
        return pattern.endsWith("*")
                ? type.startsWith(pattern.substring(0, pattern.length() - 1))
                : type.equals(pattern);
    }

    private static boolean isUpTo(Duration longest, Duration value) {
        return value.isPositive() && value.compareTo(longest) <= 0;
    }

    private static void require(boolean condition, String field, String demand) {
        if (!condition) {
            throw new IllegalArgumentException(field + " " + demand);
        }
    }
}
