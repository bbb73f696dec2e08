package dev.slipway.devstack.demo;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * Plays a release: looks at its status, and has the parties do what it waits for, each once. It knows nothing but what
 * the API answers, so it goes on where it was when a service dies and comes back.
 */
public final class Player {

    private static final Duration LOOK_EVERY = Duration.ofMillis(150);
    private static final Duration LONGEST = Duration.ofMinutes(5);

    private final DemoSettings settings;
    private final Parties parties;
    private final Clock clock;
    private final String application;

    /** @param application the name under which the plan is stored and released; {@code solacore} in the demo */
    public Player(DemoSettings settings, Parties parties, Clock clock, String application) {
        this.settings = settings;
        this.parties = parties;
        this.clock = clock;
        this.application = application;
    }

    /** How a release is to go. */
    public enum Course {
        /** All phases, to its end. */
        WELL,
        /** The new version turns sick while it is watched. */
        SICK
    }

    /** Makes all ready: nothing is under way, the target is as it was when it was installed, the plan is stored. */
    public void prepare() throws InterruptedException {
        parties.abortUnended(application);
        parties.resetTarget();
        parties.storePlan(application, plan());
    }

    private String plan() {
        try {
            return Files.readString(settings.plan())
                    .replace("application: solacore", "application: " + application)
                    .replace("http://localhost:8090", settings.target().toString())
                    .replace("localhost:8490", "localhost:" + settings.targetTlsPort());
        } catch (IOException e) {
            throw new UncheckedIOException("The plan %s cannot be read".formatted(settings.plan()), e);
        }
    }

    /**
     * Plays one release to its end.
     *
     * @param watching is shown every status that is read
     * @return the last status
     */
    public JsonNode play(String version, Course course, Consumer<JsonNode> watching) throws InterruptedException {
        var release = parties.askForRelease(application, version);
        var done = new HashSet<String>();
        var giveUpAt = clock.instant().plus(LONGEST);
        while (clock.instant().isBefore(giveUpAt)) {
            var status = parties.status(release);
            watching.accept(status);
            if (status.hasNonNull("endedAt")) {
                return status;
            }
            for (var waiting : status.path("waitingFor")) {
                play(release, waiting.path("step").asText(), status, course, done);
            }
            Thread.sleep(LOOK_EVERY);
        }
        throw new DemoException("The release %s did not end within %d minutes".formatted(release, LONGEST.toMinutes()));
    }

    private void play(UUID release, String step, JsonNode status, Course course, Set<String> done)
            throws InterruptedException {
        if (done.contains(step)) {
            return;
        }
        switch (step) {
            case "configuration.production-variables" ->
                parties.report(release, "ConfigurationVerified", "{\"variables\":21,\"missing\":0}");
            case "migration.backup" -> parties.report(release, "BackupDone", """
                    {"file":"backup_%s.sql","sizeBytes":1048576}""".formatted(release));
            case "migration.upgrade" -> {
                parties.upgradeSchema(release + "/upgrade");
                parties.report(release, "MigrationDone", "{\"command\":\"alembic upgrade head\"}");
            }
            case "webhooks.stripe-test-event" -> parties.stripe(stripeEvent(release));
            case "webhooks.revenuecat-test-event" -> parties.revenueCat(revenueCatEvent(release));
            case "mobile.build" ->
                parties.report(
                        release, "MobileBuildDone", "{\"profile\":\"production\",\"platforms\":[\"ios\",\"android\"]}");
            case "go-live.approval" -> parties.approve(release, "The whole user flow works");
            case "go-live.soak" -> {
                if (course == Course.WELL || !hasSoaked(status)) {
                    return;
                }
                parties.sicken();
            }
            case "rollback.downgrade-schema" -> {
                parties.downgradeSchema(release + "/downgrade");
                parties.report(release, "MigrationReverted", "{\"command\":\"alembic downgrade -1\"}");
            }
            default -> {
                return;
            }
        }
        done.add(step);
    }

    /** Sick from the start would not be a soak that found something. */
    private boolean hasSoaked(JsonNode status) {
        for (var waiting : status.path("waitingFor")) {
            if (waiting.path("step").asText().equals("go-live.soak")) {
                var since = Instant.parse(waiting.path("since").asText());
                return clock.instant().isAfter(since.plusSeconds(2));
            }
        }
        return false;
    }

    /** The id of the event that Stripe sends for a release. */
    public static String stripeEvent(UUID release) {
        return "evt_demo_" + release.toString().replace("-", "");
    }

    /** The id of the event that RevenueCat sends for a release. */
    public static String revenueCatEvent(UUID release) {
        return "rc-demo-" + release;
    }
}
