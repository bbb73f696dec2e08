package dev.slipway.benchmark;

import dev.slipway.release.engine.Engine;
import dev.slipway.release.engine.Input;
import dev.slipway.release.engine.Release;
import dev.slipway.release.plan.Operations;
import dev.slipway.release.plan.Plan;
import dev.slipway.release.plan.format.PlanReader;
import dev.slipway.release.plan.format.PlanReader.Reading;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The engine's core alone: releases of seven phases, each advanced by one event, without anything durable. It bounds
 * what the engine can do, and shows how little of a transition is thinking.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class CoreBenchmark {

    private static final int PHASES = 7;
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final UUID ID = new UUID(0x0199_0000_0000_7000L, 0x8000_0000_0000_0001L);

    private final Plan plan = plan();

    /** One release, from its turn to its end. */
    @Benchmark
    public Release sevenPhases() {
        var release = Release.requested(ID, plan, 1, "1.0.0", Optional.empty(), "benchmark", NOW);
        release = Engine.decide(plan, release, new Input.TurnCame(), NOW).release();
        for (var phase = 0; phase < PHASES; phase++) {
            var report = new Input.Reported("Phase%dDone".formatted(phase), "event", Map.of(), true);
            release = Engine.decide(plan, release, report, NOW).release();
        }
        return release;
    }

    private static Plan plan() {
        var phases = IntStream.range(0, PHASES)
                .mapToObj(
                        "  - { name: phase-%1$d, steps: [{ name: work, await: { event: Phase%1$dDone } }] }"::formatted)
                .collect(Collectors.joining("\n"));
        return switch (PlanReader.read(
                "application: bench\nenvironment: bench\nphases:\n" + phases, new NoOperations())) {
            case Reading.Valid valid -> valid.plan();
            case Reading.Invalid invalid ->
                throw new IllegalStateException(invalid.errors().toString());
        };
    }

    private static final class NoOperations implements Operations {

        @Override
        public Set<String> kinds() {
            return Set.of();
        }

        @Override
        public List<String> problems(String kind, Map<String, Object> with) {
            return List.of();
        }
    }
}
