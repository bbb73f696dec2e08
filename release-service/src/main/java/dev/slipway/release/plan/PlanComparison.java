package dev.slipway.release.plan;

import com.github.difflib.DiffUtils;
import com.github.difflib.UnifiedDiffUtils;
import com.github.difflib.algorithm.myers.MyersDiffWithLinearSpace;
import com.github.difflib.patch.AbstractDelta;
import com.github.difflib.patch.ChangeDelta;
import com.github.difflib.patch.Chunk;
import com.github.difflib.patch.Patch;
import dev.slipway.http.ProblemException;
import dev.slipway.release.plan.PlanStore.StoredPlan;
import java.util.ArrayDeque;
import java.util.ArrayList;
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

    /** The most lines of a version, with its fragments; more would take too long to compare. */
    static final int MAX_LINES = 10_000;

    private static final int CONTEXT = 3;

    static PlanComparison of(StoredPlan from, StoredPlan to) {
        requireShort(from);
        requireShort(to);
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
        var before = old.lines().toList();
        var after = now.lines().toList();
        var patch = merged(DiffUtils.diff(before, after, new MyersDiffWithLinearSpace<>()));
        return UnifiedDiffUtils.generateUnifiedDiff(
                "%s (version %d)".formatted(name, from), "%s (version %d)".formatted(name, to), before, patch, CONTEXT)
                .stream();
    }

    /** What is taken away stands before what is put in its place; the algorithm tells them apart, and in any order. */
    private static Patch<String> merged(Patch<String> patch) {
        var merged = new ArrayDeque<AbstractDelta<String>>();
        for (var delta : patch.getDeltas()) {
            var last = merged.peekLast();
            if (last != null
                    && end(last.getSource()) == delta.getSource().getPosition()
                    && end(last.getTarget()) == delta.getTarget().getPosition()) {
                merged.removeLast();
                merged.addLast(new ChangeDelta<>(
                        joined(last.getSource(), delta.getSource()), joined(last.getTarget(), delta.getTarget())));
            } else {
                merged.addLast(delta);
            }
        }
        var whole = new Patch<String>();
        merged.forEach(whole::addDelta);
        return whole;
    }

    private static int end(Chunk<String> chunk) {
        return chunk.getPosition() + chunk.size();
    }

    private static Chunk<String> joined(Chunk<String> chunk, Chunk<String> next) {
        var lines = new ArrayList<>(chunk.getLines());
        lines.addAll(next.getLines());
        return new Chunk<>(chunk.getPosition(), lines);
    }

    private static void requireShort(StoredPlan plan) {
        var texts = Stream.concat(Stream.of(plan.yaml()), plan.fragments().values().stream());
        if (texts.mapToLong(text -> text.lines().count()).sum() > MAX_LINES) {
            throw ProblemException.unprocessable(
                    "Version %d has more than %d lines; read both with ?version=, and compare them yourself"
                            .formatted(plan.version(), MAX_LINES));
        }
    }
}
