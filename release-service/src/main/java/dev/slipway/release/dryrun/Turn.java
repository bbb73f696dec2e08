package dev.slipway.release.dryrun;

import dev.slipway.release.dryrun.Outlook.Wanted;
import dev.slipway.release.engine.Release;
import dev.slipway.release.engine.ReleaseState;
import dev.slipway.release.plan.Plan.WhenTaken;
import java.util.List;
import java.util.Optional;

/**
 * What a release would do to those that are in its environment already, or they to it.
 *
 * @param ahead those that it would wait for
 * @param superseded those whose place it would take
 * @param refusedFor the one because of which it would be refused
 */
record Turn(List<Release> ahead, List<Release> superseded, Optional<Release> refusedFor) {

    static Turn of(Wanted wanted) {
        var isHotfix = wanted.release().isHotfix();
        var whenTaken = wanted.plan().queue().whenTaken();
        var superseded = wanted.before().stream()
                .filter(it -> whenTaken == WhenTaken.SUPERSEDE && isQueued(it) && (isHotfix || !it.isHotfix()))
                .toList();
        var ahead = wanted.before().stream()
                .filter(it -> !superseded.contains(it) && !(isHotfix && isQueued(it) && !it.isHotfix()))
                .toList();
        var refusedFor = wanted.before().stream().findFirst().filter(it -> whenTaken == WhenTaken.REFUSE && !isHotfix);
        return new Turn(ahead, superseded, refusedFor);
    }

    private static boolean isQueued(Release release) {
        return release.state() == ReleaseState.QUEUED;
    }
}
