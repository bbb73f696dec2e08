package dev.slipway.release.plan;

import java.util.List;
import java.util.Map;
import java.util.Set;

/** What a plan may {@code run}, as far as reading a plan must know. */
public interface Operations {

    /** The kinds there are: {@code http}, {@code github.workflow}. */
    Set<String> kinds();

    /** What is wrong with the settings of an operation, one sentence each; empty if nothing is. */
    List<String> problems(String kind, Map<String, Object> with);
}
