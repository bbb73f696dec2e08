package dev.slipway.benchmark.engine;

import com.zaxxer.hikari.HikariDataSource;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.flowable.common.engine.impl.history.HistoryLevel;
import org.flowable.engine.ProcessEngine;
import org.flowable.engine.impl.cfg.StandaloneProcessEngineConfiguration;

/**
 * Flowable in the process of its clients: each phase is a receive task, each event triggers it, in one transaction of the
 * caller's. A release stays in one execution, so that nobody has to look for the one that awaits the event. The history
 * keeps each phase with its times, as a journal does; no executor of jobs runs, and nobody's rights are looked up.
 */
final class FlowableCarrier implements Carrier {

    private final HikariDataSource database;
    private final ProcessEngine engine;

    FlowableCarrier(HikariDataSource database) {
        this.database = database;
        var configuration = new StandaloneProcessEngineConfiguration();
        configuration.setDataSource(database);
        configuration.setDatabaseSchemaUpdate("true");
        configuration.setHistoryLevel(HistoryLevel.ACTIVITY);
        configuration.setAsyncExecutorActivate(false);
        configuration.setDisableIdmEngine(true);
        configuration.setDisableEventRegistry(true);
        engine = configuration.buildProcessEngine();
        engine.getRepositoryService()
                .createDeployment()
                .addString("release.bpmn20.xml", process())
                .deploy();
    }

    @Override
    public Carried begin(int client) {
        var release = engine.getRuntimeService().startProcessInstanceByKey("release");
        var execution = engine.getRuntimeService()
                .createExecutionQuery()
                .processInstanceId(release.getId())
                .onlyChildExecutions()
                .singleResult()
                .getId();
        return phase -> engine.getRuntimeService().trigger(execution);
    }

    @Override
    public void close() {
        engine.close();
        database.close();
    }

    private static String process() {
        var phases = IntStream.range(0, PHASES)
                .mapToObj(phase -> """
                        <receiveTask id="phase-%1$d"/>
                        <sequenceFlow id="to-%1$d" sourceRef="phase-%1$d" targetRef="phase-%2$d"/>
                        """.formatted(phase, phase + 1))
                .collect(Collectors.joining());
        return """
                <definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="slipway">
                  <process id="release" isExecutable="true">
                    <startEvent id="start"/>
                    <sequenceFlow id="begin" sourceRef="start" targetRef="phase-0"/>
                    %s
                    <endEvent id="phase-%d"/>
                  </process>
                </definitions>
                """.formatted(phases, PHASES);
    }
}
