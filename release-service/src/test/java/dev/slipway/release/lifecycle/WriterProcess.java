package dev.slipway.release.lifecycle;

import dev.slipway.messaging.HandedIn;
import dev.slipway.release.engine.Release;
import dev.slipway.release.freeze.Freezes;
import dev.slipway.release.insight.Outcomes;
import dev.slipway.release.journal.Journal;
import dev.slipway.release.operation.OperationCatalogue;
import dev.slipway.release.operation.OperationConfig;
import dev.slipway.release.operation.OperationQueue;
import dev.slipway.release.operation.OperationWorker;
import dev.slipway.release.operation.Secrets;
import dev.slipway.release.plan.FakeOperations;
import dev.slipway.release.plan.Plan;
import dev.slipway.release.plan.PlanStore;
import dev.slipway.release.timer.Timers;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.sql.SQLException;
import java.time.Clock;
import java.util.List;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.SqlLogger;
import org.jdbi.v3.core.statement.SqlStatements;
import org.jdbi.v3.core.statement.StatementContext;
import org.jdbi.v3.core.transaction.DelegatingTransactionHandler;
import org.jdbi.v3.core.transaction.LocalTransactionHandler;
import org.jdbi.v3.core.transaction.TransactionException;

/** The writer of releases, as one process has it: what it holds in memory goes with it. */
final class WriterProcess {

    private final Database database;
    private final Jdbi jdbi;
    private final PlanStore plans;
    private final Consumer<List<ConsumerRecord<byte[], byte[]>>> consumer;
    private Runnable meanwhile = () -> {};
    private Crash next = Crash.NONE;
    private int statements;

    /** How a batch is interrupted. */
    enum Kind {
        NOT,
        /** The connection is cut before a statement. */
        CUT,
        /** The connection is cut before the commit. */
        CUT_BEFORE_COMMIT,
        /** The connection is cut when the commit is done, and before that is known. */
        CUT_AFTER_COMMIT,
        /** The process ends before a statement. */
        KILL
    }

    /**
     * What happens to a batch.
     *
     * @param at before which of its statements, from 0
     */
    record Crash(Kind kind, int at) {
        static final Crash NONE = new Crash(Kind.NOT, 0);
    }

    /** The process has ended. */
    static final class Killed extends Error {
        private static final long serialVersionUID = 1L;
    }

    WriterProcess(Database database, HandedIn events, Clock clock) {
        this.database = database;
        jdbi = database.jdbi();
        jdbi.getConfig(SqlStatements.class).setSqlLogger(new SqlLogger() {
            @Override
            public void logBeforeExecution(StatementContext context) {
                beforeStatement(context);
            }
        });
        jdbi.setTransactionHandler(new DelegatingTransactionHandler(new LocalTransactionHandler()) {
            @Override
            public void commit(Handle handle) {
                beforeCommit(handle);
                super.commit(handle);
                afterCommit();
            }
        });
        plans = new PlanStore(new FakeOperations(), clock);
        var outbox = events.outbox(jdbi);
        var releases = new ReleaseStore();
        var journal = new Journal();
        var timers = new Timers();
        var operations = new OperationQueue(outbox, clock);
        var config = new SmallRyeConfigBuilder()
                .addDiscoveredConverters()
                .withMapping(OperationConfig.class)
                .build();
        var worker = new OperationWorker(
                operations,
                new OperationCatalogue(List.of()),
                new Secrets(config),
                jdbi,
                config.getConfigMapping(OperationConfig.class),
                clock);
        var writer = new ReleaseWriter(
                releases,
                plans,
                new Requests(releases, plans, journal, timers),
                new Freezes(),
                new Outcomes(),
                journal,
                timers,
                operations,
                worker,
                outbox,
                events.consumers(jdbi, outbox, clock),
                clock);
        consumer = events.consumer(writer, jdbi, outbox, clock);
    }

    /** Has something happen once: when the next batch was read and decided, and is about to be written. */
    void beforeWriting(Runnable happening) {
        meanwhile = happening;
    }

    /** The plan that a release runs. */
    Plan plan(Release release) {
        return jdbi.withHandle(handle -> plans.plan(handle, release.subject(), release.planVersion()));
    }

    Verification verification() {
        return new Verification(jdbi, plans, new Journal());
    }

    /**
     * Takes a batch.
     *
     * @return whether it crashed meanwhile: then the batch must be handed in again
     * @throws Killed if it crashed with all the process
     */
    boolean take(List<ConsumerRecord<byte[], byte[]>> batch, Crash crash) {
        next = crash;
        statements = 0;
        try {
            consumer.accept(batch);
            return false;
        } catch (RuntimeException e) {
            if (crash.kind == Kind.NOT || next.kind != Kind.NOT) {
                throw e;
            }
            return true;
        } finally {
            next = Crash.NONE;
        }
    }

    private void beforeStatement(StatementContext context) {
        if (context.getRawSql().contains("INTO journal")) {
            var happening = meanwhile;
            meanwhile = () -> {};
            happening.run();
        }
        if (statements++ == next.at) {
            if (next.kind == Kind.KILL) {
                throw new Killed();
            }
            if (next.kind == Kind.CUT) {
                next = Crash.NONE;
                database.cut(context.getConnection());
            }
        }
    }

    private void beforeCommit(Handle handle) {
        if (next.kind == Kind.CUT_BEFORE_COMMIT) {
            next = Crash.NONE;
            database.cut(handle.getConnection());
        }
    }

    private void afterCommit() {
        if (next.kind == Kind.CUT_AFTER_COMMIT) {
            next = Crash.NONE;
            throw new TransactionException("The commit was not answered", new SQLException("Cut", "08006"));
        }
    }
}
