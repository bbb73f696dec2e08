package dev.slipway.devstack.demo;

import com.fasterxml.jackson.databind.JsonNode;
import dev.slipway.devstack.demo.Player.Course;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;

/**
 * {@code ./slipway demo}: release 1.0.0 goes all the way; release 2.0.0 turns sick while it is watched, and is hauled
 * back. Every figure that it shows was read from the APIs. Exit code 0 only if both ended so.
 */
public final class Demo {

    private static final String APPLICATION = "solacore";
    private static final Duration TO_BE_TOLD = Duration.ofSeconds(10);

    private final DemoSettings settings;
    private final Parties parties;
    private final Player player;
    private final Screen screen;
    private final Clock clock;
    private final List<String> wrong = new ArrayList<>();

    Demo(DemoSettings settings, Screen screen, Clock clock) {
        this.settings = settings;
        this.parties = new Parties(settings, clock);
        this.player = new Player(settings, parties, clock, APPLICATION);
        this.screen = screen;
        this.clock = clock;
    }

    /** Exit code 0: both releases ended as they should. 1: one did not. 2: a setting is missing. */
    public static void main(String[] arguments) throws InterruptedException {
        var out = new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
        var clock = Clock.systemUTC();
        try {
            var settings = DemoSettings.from(System.getenv());
            var demo = new Demo(settings, new Screen(out, clock, isTerminal()), clock);
            System.exit(demo.run() ? 0 : 1);
        } catch (IllegalArgumentException e) {
            System.err.println("demo: " + e.getMessage());
            System.exit(2);
        } catch (DemoException e) {
            System.err.println("demo: " + e.getMessage());
            System.exit(1);
        } finally {
            out.flush();
        }
    }

    private static boolean isTerminal() {
        var console = System.console();
        return console != null && console.isTerminal() && !"dumb".equals(System.getenv("TERM"));
    }

    /** Plays both releases; says whether all went as it should. */
    boolean run() throws InterruptedException {
        player.prepare();
        screen.heading("Release 1.0.0 goes down the slipway: seven phases, an approval, a soak");
        var first = player.play("1.0.0", Course.WELL, screen::show);
        summarize(first, "SUCCEEDED");

        screen.heading("Release 2.0.0 turns sick in its soak, and is hauled back");
        var second = player.play("2.0.0", Course.SICK, screen::show);
        summarize(second, "ROLLED_BACK");

        var target = parties.targetState();
        screen.line("");
        screen.line("  The target application serves version %s, its schema is at revision %s, and it is %s."
                .formatted(
                        target.path("version").asText(),
                        target.path("schemaRevision").asText(),
                        target.path("sick").asBoolean() ? "sick" : "healthy"));
        require(target.path("version").asText().equals("1.0.0"), "the target does not serve version 1.0.0");
        require(!target.path("sick").asBoolean(), "the target is sick");
        wrong.forEach(it -> screen.line("  ✘ " + it));
        addresses(second);
        return wrong.isEmpty();
    }

    private void summarize(JsonNode status, String expected) throws InterruptedException {
        var id = UUID.fromString(status.path("id").asText());
        var state = status.path("state").asText();
        require(state.equals(expected), "release %s ended %s instead of %s".formatted(id, state, expected));
        screen.line("  %s %s in %s%s"
                .formatted(
                        status.path("version").asText(),
                        state,
                        between(status.path("startedAt"), status.path("endedAt")),
                        wayBack(status)));
        for (var webhook :
                List.of(List.of("stripe", Player.stripeEvent(id)), List.of("revenuecat", Player.revenueCatEvent(id)))) {
            var deliveries = parties.deliveries(webhook.getFirst(), webhook.getLast());
            require(
                    deliveries.size() == 1,
                    "the gateway has %d deliveries of %s".formatted(deliveries.size(), webhook));
            screen.line("  webhook %s: %s, %s"
                    .formatted(
                            webhook.getFirst(),
                            deliveries.path(0).path("type").asText(),
                            deliveries.path(0).path("state").asText().toLowerCase(Locale.ROOT)));
        }
        screen.line("  %d notifications told".formatted(told(id)));
    }

    private static String wayBack(JsonNode status) {
        return status.hasNonNull("rollback")
                ? ", of which the way back took %s"
                        .formatted(between(status.path("rollback").path("startedAt"), status.path("endedAt")))
                : "";
    }

    /** Notifications are told beside the release, so the last ones may come a moment after its end. */
    private int told(UUID release) throws InterruptedException {
        var giveUpAt = clock.instant().plus(TO_BE_TOLD);
        while (true) {
            var sent = 0;
            var open = 0;
            for (var notification : parties.notifications(release)) {
                sent += notification.path("state").asText().equals("SENT") ? 1 : 0;
                open += notification.path("state").asText().equals("PENDING") ? 1 : 0;
            }
            if ((sent > 0 && open == 0) || clock.instant().isAfter(giveUpAt)) {
                require(sent > 0 && open == 0, "%d notifications were told, %d were not".formatted(sent, open));
                return sent;
            }
            Thread.sleep(200);
        }
    }

    private void addresses(JsonNode status) {
        screen.line("");
        screen.line("  Look at it        %s".formatted(settings.releases().resolve("/")));
        screen.line("  The last release  %s"
                .formatted(settings.releases()
                        .resolve("/?release=" + status.path("id").asText())));
        screen.line("  Its journal       %s"
                .formatted(settings.releases()
                        .resolve("/api/v1/releases/%s/journal"
                                .formatted(status.path("id").asText()))));
        screen.line("  Webhooks          %s".formatted(settings.gateway().resolve("/api/v1/deliveries")));
        screen.line("  Notifications     %s".formatted(settings.notifier().resolve("/api/v1/notifications")));
    }

    private void require(boolean holds, String otherwise) {
        if (!holds) {
            wrong.add(otherwise);
        }
    }

    private static String between(JsonNode from, JsonNode to) {
        return Screen.seconds(Duration.between(Instant.parse(from.asText()), Instant.parse(to.asText())));
    }
}
