package dev.slipway.release.plan;

import com.github.difflib.DiffUtils;
import com.github.difflib.UnifiedDiffUtils;
import com.github.difflib.algorithm.myers.MyersDiffWithLinearSpace;
import dev.slipway.http.ProblemException;
import dev.slipway.release.plan.PlanStore.StoredPlan;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What is different in a version of a plan, in its own text and in those of the fragments that it uses.
 *
 * @param from the version that it is compared with
 * @param to the version that is compared
 * @param diff the differences in the <a
 *     href="https://www.gnu.org/software/diffutils/manual/html_node/Detailed-Unified.html">unified format</a>; empty if
 *     there are none
 */
public record PlanComparison(String application, String environment, int from, int to, String diff) {

    /** Longer texts would take too long to compare. */
    static final int MAX_LINES = 20_000;

    private static final int CONTEXT = 3;

    static PlanComparison of(StoredPlan from, StoredPlan to) {
        var fragments = new TreeSet<>(from.fragments().keySet());
        fragments.addAll(to.fragments().keySet());
        var diff = Stream.concat(
                        unified("plan.yaml", from.version(), from.yaml(), to.version(), to.yaml()),
                        fragments.stream()
                                .flatMap(name -> unified(
                                        "fragments/" + name,
                                        from.version(),
                                        text(from.fragments(), name),
                                        to.version(),
                                        text(to.fragments(), name))))
                .map(line -> line + "\n")
                .collect(Collectors.joining());
        return new PlanComparison(
                to.subject().application(), to.subject().environment(), from.version(), to.version(), diff);
    }

    private static String text(Map<String, String> fragments, String name) {
        return fragments.getOrDefault(name, "");
    }

    private static Stream<String> unified(String name, int from, String old, int to, String now) {
        var before = lines(old);
        var after = lines(now);
        var patch = DiffUtils.diff(before, after, new MyersDiffWithLinearSpace<>());
        return UnifiedDiffUtils.generateUnifiedDiff(
                "%s (version %d)".formatted(name, from),
                "%s (version %d)".formatted(name, to),
                before,
                patch,
                CONTEXT)
                .stream();
    }

    private static List<String> lines(String text) {
        var lines = text.lines().toList();
        if (lines.size() > MAX_LINES) {
            throw ProblemException.unprocessable(
                    "A version has more than %d lines; read both with ?version=, and compare them yourself"
                            .formatted(MAX_LINES));
        }
        return lines;
    }
}
