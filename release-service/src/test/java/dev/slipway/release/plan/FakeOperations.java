package dev.slipway.release.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A catalogue for tests that do not run operations: {@code deploy} wants a text as its {@code target}, if any. */
public final class FakeOperations implements Operations {

    private static final Set<String> KINDS =
            Set.of("deploy", "revert", "downgrade", "github.workflow", "railway.rollback", "neon.restore");

    @Override
    public Set<String> kinds() {
        return KINDS;
    }

    @Override
    public List<String> problems(String kind, Map<String, Object> with) {
        var problems = new ArrayList<String>();
        if (kind.equals("deploy") && with.containsKey("target") && !(with.get("target") instanceof String)) {
            problems.add("'target' must be a text");
        }
        return problems;
    }
}
