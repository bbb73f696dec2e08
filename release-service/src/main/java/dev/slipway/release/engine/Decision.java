package dev.slipway.release.engine;

import dev.slipway.event.Evidence;
import dev.slipway.release.plan.StepRef;
import java.util.List;
import java.util.Optional;

/**
 * What an input leads to.
 *
 * @param release the new state
 * @param changes what changed, in order, for the journal; empty if the input was none of this release's business, and
 *     then the state is the old one and nothing need be written
 * @param effects what is to be done
 */
public record Decision(Release release, List<Change> changes, List<Effect> effects) {

    public Decision {
        changes = List.copyOf(changes);
        effects = List.copyOf(effects);
    }

    /** Whether there is anything to write. */
    public boolean matters() {
        return !changes.isEmpty();
    }

    /**
     * A change of the release or of one of its steps, or a remark.
     *
     * @param step the step, if it is one's
     * @param to the state it came to, if it is a change of state
     * @param text what happened, for a person to read
     * @param evidence what it rests on
     */
    public record Change(Optional<StepRef> step, Optional<String> to, String text, Optional<Evidence> evidence) {}
}
