package dev.slipway.release.dryrun;

import static java.util.stream.Collectors.joining;

import dev.slipway.event.CheckEvent.Check;
import dev.slipway.release.dryrun.Explanation.NeededChannel;
import dev.slipway.release.dryrun.Explanation.NeededSecret;
import dev.slipway.release.dryrun.Explanation.Presence;
import dev.slipway.release.operation.OperationCatalogue;
import dev.slipway.release.operation.Secrets;
import dev.slipway.release.plan.Plan;
import dev.slipway.release.plan.Step.Action;
import dev.slipway.release.plan.Template;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/** What must be there before a release: secrets where they are needed, channels, and what operations want. */
@Singleton
class Preparations {

    private static final String RELEASE_SERVICE = "release-service";
    private static final String HEALTH_PROBE = "health-probe";

    private final Secrets secrets;
    private final OperationCatalogue operations;
    private final Neighbours neighbours;

    Preparations(Secrets secrets, OperationCatalogue operations, Neighbours neighbours) {
        this.secrets = secrets;
        this.operations = operations;
        this.neighbours = neighbours;
    }

    /**
     * What was found.
     *
     * @param missing what stands in the way, one sentence each
     */
    record Found(List<NeededSecret> secrets, List<NeededChannel> channels, List<String> missing) {}

    /**
     * What the other services said, each of which is asked once; nothing if one did not say.
     *
     * @param secrets the names of those that health-probe has
     * @param channels those of the notifier, and why nothing can be sent on one, if nothing can
     */
    record Told(Optional<Set<String>> secrets, Optional<Map<String, Optional<String>>> channels) {}

    /**
     * Asks the other services, as far as one of the plans wants something of them.
     *
     * @param authorization the caller's own
     */
    Told ask(List<Plan> plans, Optional<String> authorization) throws InterruptedException {
        var needsSecrets = plans.stream().anyMatch(plan -> !usersOfChecks(plan).isEmpty());
        var needsChannels =
                plans.stream().anyMatch(plan -> !plan.notifications().isEmpty());
        return new Told(
                needsSecrets ? neighbours.secretsOfHealthProbe(authorization) : Optional.empty(),
                needsChannels ? neighbours.channels(authorization) : Optional.empty());
    }

    Found of(Plan plan, Told told) {
        var missing = new ArrayList<String>();
        var needed = new ArrayList<NeededSecret>();
        secretsOfOperations(plan).forEach((name, usedBy) -> {
            var presence = secrets.has(name) ? Presence.THERE : Presence.MISSING;
            needed.add(new NeededSecret(name, RELEASE_SERVICE, List.copyOf(usedBy), presence));
        });
        needed.addAll(secretsOfChecks(plan, told.secrets()));
        needed.forEach(secret -> problem(secret).ifPresent(missing::add));
        operationsMissing(plan).forEach(missing::add);
        var channels = channels(plan, told.channels(), missing);
        return new Found(List.copyOf(needed), channels, List.copyOf(missing));
    }

    private static Optional<String> problem(NeededSecret secret) {
        return switch (secret.presence()) {
            case THERE -> Optional.empty();
            case MISSING ->
                Optional.of("The secret %s is not set; set SLIPWAY_SECRET_%s for %s: %s"
                        .formatted(secret.name(), secret.name(), secret.service(), String.join(", ", secret.usedBy())));
            case UNKNOWN ->
                Optional.of("%s did not say whether it has the secret %s: %s"
                        .formatted(secret.service(), secret.name(), String.join(", ", secret.usedBy())));
        };
    }

    // ---- secrets ----

    /** By name, the steps that need the secret for their operation. */
    private static Map<String, Set<String>> secretsOfOperations(Plan plan) {
        var users = new TreeMap<String, Set<String>>();
        plan.steps().forEach(ref -> {
            if (plan.step(ref).action() instanceof Action.Run run) {
                note(users, Template.secrets(run.with()), ref.toString());
            }
        });
        return users;
    }

    /** By name, the steps and monitors that need the secret for what they check. */
    private static Map<String, Set<String>> usersOfChecks(Plan plan) {
        var users = new TreeMap<String, Set<String>>();
        plan.steps().forEach(ref -> {
            if (plan.step(ref).action() instanceof Action.VerifyCheck verify) {
                note(users, secrets(verify.check()), ref.toString());
            }
        });
        plan.monitors().forEach((name, it) -> note(users, secrets(it.monitor().check()), "the monitor " + name));
        return users;
    }

    private static List<NeededSecret> secretsOfChecks(Plan plan, Optional<Set<String>> there) {
        return usersOfChecks(plan).entrySet().stream()
                .map(secret -> new NeededSecret(
                        secret.getKey(),
                        HEALTH_PROBE,
                        List.copyOf(secret.getValue()),
                        there.map(names -> names.contains(secret.getKey()) ? Presence.THERE : Presence.MISSING)
                                .orElse(Presence.UNKNOWN)))
                .toList();
    }

    private static Stream<String> secrets(Check check) {
        return check.http().stream()
                .flatMap(call -> Stream.concat(
                        Template.secrets(call.headers()), call.body().stream().flatMap(Template::secrets)));
    }

    private static void note(Map<String, Set<String>> users, Stream<String> names, String user) {
        names.forEach(name -> users.computeIfAbsent(name, it -> new TreeSet<>()).add(user));
    }

    // ---- operations ----

    private Stream<String> operationsMissing(Plan plan) {
        return plan.steps().stream()
                .flatMap(ref -> plan.step(ref).action() instanceof Action.Run run
                        ? operations.missing(run.operation(), run.with()).stream()
                                .map(what -> "%s: %s".formatted(ref, what))
                        : Stream.<String>empty());
    }

    // ---- channels ----

    private static List<NeededChannel> channels(
            Plan plan, Optional<Map<String, Optional<String>>> there, List<String> missing) {
        return plan.notifications().stream()
                .map(rule -> {
                    var problem = there.map(channels -> problem(rule.channel(), channels))
                            .orElseGet(() -> Optional.of("The notifier did not say whether it has the channel '%s'"
                                    .formatted(rule.channel())));
                    problem.filter(it -> !missing.contains(it)).ifPresent(missing::add);
                    return new NeededChannel(rule.channel(), rule.on(), presence(there.isPresent(), problem.isEmpty()));
                })
                .toList();
    }

    private static Presence presence(boolean isKnown, boolean isThere) {
        if (!isKnown) {
            return Presence.UNKNOWN;
        }
        return isThere ? Presence.THERE : Presence.MISSING;
    }

    private static Optional<String> problem(String channel, Map<String, Optional<String>> there) {
        return there.containsKey(channel)
                ? there.getOrDefault(channel, Optional.empty()).map(it -> "The channel %s: %s".formatted(channel, it))
                : Optional.of("There is no channel '%s'; the notifier has %s"
                        .formatted(channel, there.keySet().stream().sorted().collect(joining(", "))));
    }
}
