package dev.slipway.probe.watch;

import dev.slipway.probe.ProbeConfig;
import dev.slipway.probe.Replica;
import dev.slipway.probe.check.Checker;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Runs the monitors that this replica holds. */
@Singleton
public class MonitorRunner {

    private final Replica replica;
    private final Watches watches;
    private final Checker checker;
    private final ProbeConfig config;
    private final Clock clock;
    private final Map<MonitorKey, MonitorRun> runs = new ConcurrentHashMap<>();

    public MonitorRunner(
            Replica replica, Watches watches, Checker checker, ProbeConfig config, Clock clock, MeterRegistry meters) {
        this.replica = replica;
        this.watches = watches;
        this.checker = checker;
        this.config = config;
        this.clock = clock;
        meters.gaugeMapSize("slipway.probe.monitors", Tags.empty(), runs);
    }

    /** Gives a sign of life for the monitors held, writes their routine successes, and takes those that nobody holds. */
    public void round() {
        runs.values().removeIf(MonitorRun::isStopped);
        var kept = watches.keep(replica, config.lease(), runs.keySet());
        runs.forEach((key, run) -> {
            if (!kept.contains(key)) {
                run.stop();
            }
        });
        record();
        watches.completeSettled();
        watches.take(replica, config.lease(), config.takeAtOnce()).forEach(this::start);
    }

    /** Ends all runs, and leaves the monitors to other replicas. */
    public void stop() {
        runs.values().forEach(MonitorRun::stop);
        record();
        runs.clear();
        watches.release(replica);
    }

    /** Forgets what ended long ago. */
    public void forget() {
        watches.forgetBefore(clock.instant().minus(config.retention()));
    }

    private void start(HeldMonitor monitor) {
        var run = new MonitorRun(monitor, replica, watches, checker, clock, config.phase());
        var former = runs.put(monitor.key(), run);
        if (former != null) {
            former.stop();
        }
        Thread.ofVirtual().name("monitor " + monitor.key().name()).start(run);
    }

    private void record() {
        var news = new HashMap<MonitorKey, MonitorState>();
        runs.forEach((key, run) -> {
            var state = run.state();
            if (run.hasNews(state)) {
                news.put(key, state);
            }
        });
        watches.record(replica, news);
        news.forEach((key, state) -> {
            var run = runs.get(key);
            if (run != null) {
                run.recorded(state);
            }
        });
    }
}
