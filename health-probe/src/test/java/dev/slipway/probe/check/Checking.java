package dev.slipway.probe.check;

import dev.slipway.event.CheckEvent.Check;
import dev.slipway.event.CheckEvent.HttpCall;
import dev.slipway.probe.ProbeConfig;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.vertx.core.Vertx;
import java.net.InetAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A checker with its parts, without a service around it. */
final class Checking implements AutoCloseable {

    static final ProbeConfig CONFIG = new SmallRyeConfigBuilder()
            .addDiscoveredConverters()
            .withMapping(ProbeConfig.class)
            .build()
            .getConfigMapping(ProbeConfig.class);

    final Map<String, String> environment = new HashMap<>();
    final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final Vertx vertx = Vertx.vertx();
    private final Checker checker;

    Checking() {
        this(InetAddress::getAllByName);
    }

    Checking(Addresses.Resolver resolver) {
        var addresses = new Addresses(resolver, Duration.ofSeconds(10));
        checker = new Checker(
                new HttpCalls(vertx, addresses, CONFIG, Clock.systemUTC()),
                new Certificates(addresses, Clock.systemUTC()),
                new Secrets(environment),
                meters);
    }

    CheckResult get(String url, String... expect) throws InterruptedException {
        return call(new HttpCall("GET", url, Map.of(), Optional.empty()), expect);
    }

    CheckResult call(HttpCall call, String... expect) throws InterruptedException {
        return make(new Check(Optional.of(call), Optional.empty(), List.of(expect), Duration.ofSeconds(5)));
    }

    CheckResult tls(String target, String... expect) throws InterruptedException {
        return make(new Check(Optional.empty(), Optional.of(target), List.of(expect), Duration.ofSeconds(5)));
    }

    CheckResult make(Check check) throws InterruptedException {
        return checker.prepare(check).make();
    }

    @Override
    public void close() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }
}
