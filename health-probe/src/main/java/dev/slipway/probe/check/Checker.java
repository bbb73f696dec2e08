package dev.slipway.probe.check;

import dev.slipway.condition.Condition;
import dev.slipway.condition.Outcome;
import dev.slipway.event.CheckEvent.Check;
import dev.slipway.event.CheckEvent.HttpCall;
import dev.slipway.event.Evidence;
import dev.slipway.probe.check.Secrets.MissingSecretException;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/** Makes checks. */
@Singleton
public class Checker {

    private static final Logger LOG = Logger.getLogger(Checker.class);
    private static final Condition HTTP_DEFAULT = Condition.parse("[STATUS] < 400");
    private static final Condition TLS_DEFAULT = Condition.parse("[CERTIFICATE_EXPIRATION] > 0s");

    private final HttpCalls http;
    private final Certificates certificates;
    private final Secrets secrets;
    private final MeterRegistry meters;

    public Checker(HttpCalls http, Certificates certificates, Secrets secrets, MeterRegistry meters) {
        this.http = http;
        this.certificates = certificates;
        this.secrets = secrets;
        this.meters = meters;
    }

    /** A check that was read and can be made any number of times. */
    public interface PreparedCheck {

        /**
         * Makes it, and waits for the outcome; from a virtual thread. Whatever goes wrong is the check's failure, with
         * its reason as evidence.
         */
        CheckResult make() throws InterruptedException;
    }

    /**
     * Reads a check. One without conditions expects a status below 400, or a certificate that has not expired; one that
     * cannot be made fails each time, and says why.
     */
    public PreparedCheck prepare(Check check) {
        try {
            if (check.timeout().toMillis() < 1) {
                throw new IllegalArgumentException("its time-out must be at least 1ms");
            }
            if (check.http().isPresent() == check.tls().isPresent()) {
                throw new IllegalArgumentException("it must have either http or tls");
            }
            return check.http()
                    .map(call -> http(call, conditions(check, HTTP_DEFAULT), check.timeout()))
                    .orElseGet(() -> tls(check.tls().orElseThrow(), conditions(check, TLS_DEFAULT), check.timeout()));
        } catch (IllegalArgumentException e) {
            var result = CheckResult.impossible("The check cannot be made: " + e.getMessage());
            return () -> result;
        }
    }

    private static List<Condition> conditions(Check check, Condition whenNone) {
        return check.expect().isEmpty()
                ? List.of(whenNone)
                : check.expect().stream().map(Condition::parse).toList();
    }

    private PreparedCheck http(HttpCall call, List<Condition> conditions, Duration timeout) {
        // A query may hold what is not for everybody's eyes.
        var what = "%s %s".formatted(call.method(), call.url().replaceFirst("\\?.*", "?…"));
        return () -> guarded("http", what, () -> {
            var filled = secrets.fill(call);
            return result(what, http.call(filled.call(), timeout), conditions, filled::hide);
        });
    }

    private PreparedCheck tls(String target, List<Condition> conditions, Duration timeout) {
        var what = "TLS " + target;
        return () -> guarded(
                "tls",
                what,
                () -> result(what, certificates.look(target, timeout), conditions, UnaryOperator.identity()));
    }

    private interface Attempt {
        CheckResult make() throws MissingSecretException, InterruptedException;
    }

    private CheckResult guarded(String kind, String what, Attempt attempt) throws InterruptedException {
        var started = System.nanoTime();
        var result = result(what, attempt);
        meters.timer("slipway.probe.checks", "kind", kind, "outcome", result.passed() ? "passed" : "failed")
                .record(Duration.ofNanos(System.nanoTime() - started));
        return result;
    }

    private static CheckResult result(String what, Attempt attempt) throws InterruptedException {
        try {
            return attempt.make();
        } catch (MissingSecretException | IllegalArgumentException e) {
            return CheckResult.impossible("%s was not called: %s".formatted(what, e.getMessage()));
        } catch (RuntimeException e) {
            LOG.errorf(e, "The check %s ended in a way that nobody foresaw", what);
            return CheckResult.impossible("%s could not be checked: %s".formatted(what, e));
        }
    }

    private static CheckResult result(
            String what, Answer answer, List<Condition> conditions, UnaryOperator<String> hide) {
        var outcomes = conditions.stream()
                .map(condition -> condition.evaluate(answer.observation()))
                .map(it -> new Outcome(it.condition(), it.satisfied(), hide.apply(it.actual())))
                .toList();
        var details = new LinkedHashMap<String, Object>();
        var happened = switch (answer) {
            case Answer.Seen seen -> {
                seen.details()
                        .forEach((name, value) ->
                                details.put(name, value instanceof String text ? hide.apply(text) : value));
                yield what + " " + seen.summary();
            }
            case Answer.Nothing nothing -> {
                details.put("reason", hide.apply(nothing.reason()));
                yield what + ": " + hide.apply(nothing.reason());
            }
        };
        details.put("conditions", outcomes.stream().map(Checker::details).toList());
        return new CheckResult(
                outcomes.stream().allMatch(Outcome::satisfied),
                new Evidence(happened + "; " + verdict(outcomes), details),
                answer.observation().responseTime());
    }

    private static Map<String, Object> details(Outcome outcome) {
        var details = new LinkedHashMap<String, Object>();
        details.put("condition", outcome.condition());
        details.put("satisfied", outcome.satisfied());
        details.put("actual", outcome.actual());
        return details;
    }

    private static String verdict(List<Outcome> outcomes) {
        var failed = outcomes.stream()
                .filter(outcome -> !outcome.satisfied())
                .map(outcome -> "%s (%s)".formatted(outcome.condition(), outcome.actual()))
                .collect(Collectors.joining(", "));
        var tally =
                outcomes.stream().filter(Outcome::satisfied).count() + " of " + outcomes.size() + " conditions hold";
        return failed.isEmpty() ? tally : tally + ", not " + failed;
    }
}
