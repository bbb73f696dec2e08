package dev.slipway.release.lifecycle;

import dev.slipway.release.engine.Release;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.UUID;

/** What the sweeper takes for forgotten, for tests of other packages. */
@Singleton
public class Sweeps {

    @Inject
    Sweeper sweeper;

    /** The releases that two sweeps find without anything that would wake them. */
    public List<UUID> forgotten() {
        sweeper.sweep();
        return sweeper.sweep().stream().map(Release::id).toList();
    }
}
