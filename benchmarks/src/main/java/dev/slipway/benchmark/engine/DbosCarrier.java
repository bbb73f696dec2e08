package dev.slipway.benchmark.engine;

import com.zaxxer.hikari.HikariDataSource;
import dev.dbos.transact.DBOS;
import dev.dbos.transact.StartWorkflowOptions;
import dev.dbos.transact.config.DBOSConfig;
import dev.dbos.transact.workflow.Workflow;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * DBOS in the process of its clients: a release is a workflow that receives the event of one phase after the other, each
 * sent as a message. What it has received is durable when {@code recv} returns; the workflow tells its client so within
 * the process, which spares DBOS the event that a client elsewhere would wait for. Messages wake workflows by
 * PostgreSQL's notifications.
 */
final class DbosCarrier implements Carrier {

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final HikariDataSource database;
    private final DBOS dbos;
    private final Releases releases;
    private final Map<String, BlockingQueue<String>> told = new ConcurrentHashMap<>();

    DbosCarrier(HikariDataSource database) {
        this.database = database;
        dbos = new DBOS(DBOSConfig.defaults("bench").withDataSource(database).withUseListenNotify(true));
        releases = dbos.registerProxy(Releases.class, new SevenPhases());
        dbos.launch();
    }

    @Override
    public Carried begin(int client) {
        var id = UUID.randomUUID().toString();
        var durable = new ArrayBlockingQueue<String>(PHASES);
        told.put(id, durable);
        dbos.startWorkflow(() -> releases.carry(id), new StartWorkflowOptions(id));
        return phase -> {
            dbos.send(id, "done", "phase-" + phase);
            if (durable.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS) == null) {
                throw new TimeoutException("DBOS did not receive an event within " + PATIENCE);
            }
        };
    }

    @Override
    public void close() {
        dbos.shutdown();
        database.close();
    }

    /** What DBOS makes durable. */
    public interface Releases {

        /** Receives the events of all phases. */
        void carry(String id);
    }

    private final class SevenPhases implements Releases {

        @Override
        @Workflow(name = "carry")
        public void carry(String id) {
            var durable = Optional.ofNullable(told.get(id)).orElseThrow();
            for (var phase = 0; phase < PHASES; phase++) {
                durable.add(dbos.<String>recv("phase-" + phase, PATIENCE).orElseThrow());
            }
            told.remove(id);
        }
    }
}
