package dev.slipway.release.plan.format;

import dev.slipway.release.operation.GithubConfig;
import dev.slipway.release.operation.GithubWorkflow;
import dev.slipway.release.operation.HttpExchange;
import dev.slipway.release.operation.HttpOperation;
import dev.slipway.release.operation.OperationCatalogue;
import dev.slipway.release.plan.Operations;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The plans that stand ready in {@code plans/}, with the fragments that they share and the real operations. */
final class ReadyPlans {

    private static final Path FOLDER = Path.of("../plans");

    private ReadyPlans() {}

    static Stream<Path> files() {
        try {
            return Files.list(FOLDER).filter(it -> it.toString().endsWith(".yaml"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Stream<Path> fragments() {
        try {
            return Files.list(FOLDER.resolve("fragments"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static PlanFile file(String name) {
        return PlanFile.of(text(FOLDER.resolve(name + ".yaml"))).with(ReadyPlans::fragment);
    }

    static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String name(Path file) {
        return file.getFileName().toString().replace(".yaml", "");
    }

    private static Optional<String> fragment(String name) {
        return fragments().filter(it -> name(it).equals(name)).findFirst().map(ReadyPlans::text);
    }

    /** What can be run in truth. */
    static Operations operations() {
        var http = new HttpExchange();
        var github = new SmallRyeConfigBuilder()
                .addDiscoveredConverters()
                .withMapping(GithubConfig.class)
                .build()
                .getConfigMapping(GithubConfig.class);
        return new OperationCatalogue(List.of(new HttpOperation(http), new GithubWorkflow(http, github)));
    }
}
