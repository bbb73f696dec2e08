package dev.slipway.benchmark.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What senders do, by wrk: as fast as it goes, or at a constant rate. */
final class Load {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path script;
    private final String secret;
    private int runs;

    /**
     * @param script what wrk sends
     * @param secret what deliveries are signed with
     */
    Load(Path script, String secret) {
        this.script = script;
        this.secret = secret;
    }

    /**
     * As many as are answered.
     *
     * @param repeats of a hundred requests, those whose event was sent before
     * @param forgeries of a hundred requests, those whose signature is wrong
     */
    Throughput most(String url, int bytes, int connections, int seconds, int repeats, int forgeries)
            throws IOException, InterruptedException {
        return new Throughput(wrk(url, bytes, connections, seconds, repeats, forgeries, List.of()));
    }

    /** So many a second, evenly, whether or not earlier ones are answered; a tenth repeats, a twentieth forgeries. */
    Constant constant(String url, int bytes, int perSecond, int seconds) throws IOException, InterruptedException {
        return new Constant(wrk(url, bytes, 512, seconds, 10, 5, List.of(Integer.toString(perSecond))));
    }

    private JsonNode wrk(
            String url, int bytes, int connections, int seconds, int repeats, int forgeries, List<String> rate)
            throws IOException, InterruptedException {
        var command = new ArrayList<>(List.of(
                "wrk",
                "-t1",
                "-c" + connections,
                "-d" + seconds + "s",
                "--timeout",
                "10s",
                "-s",
                script.toString(),
                url,
                "--",
                secret,
                Integer.toString(bytes),
                Integer.toString(repeats),
                Integer.toString(forgeries),
                nextRun()));
        command.addAll(rate);
        return run(command);
    }

    private String nextRun() {
        runs++;
        return Long.toString(System.currentTimeMillis(), 36) + runs;
    }

    private static JsonNode run(List<String> command) throws IOException, InterruptedException {
        var process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException("%s ended with %d: %s".formatted(command.getFirst(), process.exitValue(), output));
        }
        return JSON.readTree(output.lines().reduce((earlier, later) -> later).orElseThrow());
    }

    /**
     * What came of as many as were answered.
     *
     * @param requests answered
     * @param refused those of them that were not 2xx
     * @param broken connections that failed, and answers that did not come in time
     * @param p50 milliseconds
     * @param p99 milliseconds
     */
    record Throughput(long requests, long refused, long broken, double seconds, double p50, double p99) {

        private Throughput(JsonNode result) {
            this(
                    result.path("requests").asLong(),
                    result.path("refused").asLong(),
                    result.path("broken").asLong(),
                    result.path("micros").asLong() / 1e6,
                    result.path("p50").asLong() / 1e3,
                    result.path("p99").asLong() / 1e3);
        }

        /** Acknowledged deliveries a second. */
        double accepted() {
            return (requests - refused) / seconds;
        }

        /** Answers a second. */
        double answered() {
            return requests / seconds;
        }
    }

    /**
     * What came of a constant rate.
     *
     * @param answered a second
     * @param acknowledged events, at least: those that were sent with a genuine signature, less what was not answered
     * @param statuses how many answers there were of each
     * @param p50 milliseconds, as the others
     * @param latest by how much a request was sent later than it was due, at most
     */
    record Constant(
            double answered,
            long acknowledged,
            String statuses,
            double p50,
            double p99,
            double p999,
            double max,
            double latest) {

        private Constant(JsonNode result) {
            this(
                    result.path("requests").asLong() / (result.path("micros").asLong() / 1e6),
                    result.path("fresh").asLong()
                            - (result.path("genuine").asLong()
                                    - result.path("statuses").path("200").asLong()),
                    result.path("statuses").toString(),
                    result.path("p50").asLong() / 1e3,
                    result.path("p99").asLong() / 1e3,
                    result.path("p999").asLong() / 1e3,
                    result.path("max").asLong() / 1e3,
                    result.path("latest").asDouble());
        }
    }
}
