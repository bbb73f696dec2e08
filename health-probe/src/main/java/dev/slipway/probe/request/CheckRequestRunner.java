package dev.slipway.probe.request;

import dev.slipway.probe.ProbeConfig;
import dev.slipway.probe.Replica;
import dev.slipway.probe.check.Checker;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;

/** Makes requested checks, each in a virtual thread of its own. */
@Singleton
public class CheckRequestRunner {

    private static final Logger LOG = Logger.getLogger(CheckRequestRunner.class);

    private final Replica replica;
    private final CheckRequests requests;
    private final Checker checker;
    private final ProbeConfig config;
    private final Clock clock;
    private final Set<String> beingMade = ConcurrentHashMap.newKeySet();

    public CheckRequestRunner(
            Replica replica, CheckRequests requests, Checker checker, ProbeConfig config, Clock clock) {
        this.replica = replica;
        this.requests = requests;
        this.checker = checker;
        this.config = config;
        this.clock = clock;
    }

    /** Gives a sign of life for the checks being made, and takes those that nobody makes. */
    public void round() {
        requests.keep(replica, config.lease(), beingMade);
        for (var request : requests.take(replica, config.lease(), config.takeAtOnce())) {
            if (beingMade.add(request.checkId())) {
                Thread.ofVirtual().name("check " + request.checkId()).start(() -> make(request));
            }
        }
    }

    /** Leaves what is not answered yet to other replicas. */
    public void stop() {
        beingMade.clear();
        requests.release(replica);
    }

    /** Forgets what was answered long ago. */
    public void forget() {
        requests.forgetBefore(clock.instant().minus(config.retention()));
    }

    private void make(HeldRequest request) {
        try {
            requests.complete(replica, request, checker.prepare(request.check()).make());
        } catch (RuntimeException e) {
            LOG.errorf(e, "The check %s was made but cannot be answered now; it is made again", request.checkId());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            // Without a sign of life, a check that was not answered is taken again.
            beingMade.remove(request.checkId());
        }
    }
}
