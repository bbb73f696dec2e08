package dev.slipway.benchmark.gateway;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** What nobody can be faster than: the same bytes, into PostgreSQL alone, and to Kafka alone. */
final class Floors {

    /** More connections or larger batches bring nothing on two cores. */
    private static final int CONNECTIONS = 2;

    /** As many as the gateway stores in a transaction at most. */
    private static final int BATCH = 128;

    private final String jdbcUrl;
    private final String kafka;

    Floors(String jdbcUrl, String kafka) {
        this.jdbcUrl = jdbcUrl;
        this.kafka = kafka;
    }

    /** Rows a second: a bare multi-row insert into a table with a key and a body, durable. */
    double insert(List<byte[]> bodies, int seconds) throws SQLException, InterruptedException, ExecutionException {
        try (var connection = DriverManager.getConnection(jdbcUrl);
                var statement = connection.createStatement()) {
            statement.execute("DROP TABLE IF EXISTS floor");
            statement.execute("CREATE TABLE floor (id uuid PRIMARY KEY, body bytea NOT NULL)");
        }
        var begin = System.nanoTime();
        var end = begin + TimeUnit.SECONDS.toNanos(seconds);
        var rows = 0L;
        try (var threads = Executors.newFixedThreadPool(CONNECTIONS)) {
            var counts = new ArrayList<Future<Long>>();
            for (var i = 0; i < CONNECTIONS; i++) {
                counts.add(threads.submit(() -> insertUntil(bodies, end)));
            }
            for (var count : counts) {
                rows += count.get();
            }
        }
        return rows * 1e9 / (System.nanoTime() - begin);
    }

    private long insertUntil(List<byte[]> bodies, long end) throws SQLException {
        var rows = 0L;
        try (var connection = DriverManager.getConnection(jdbcUrl);
                var statement =
                        connection.prepareStatement("INSERT INTO floor SELECT * FROM unnest(?::uuid[], ?::bytea[])")) {
            while (System.nanoTime() < end) {
                insertBatch(connection, statement, bodies);
                rows += BATCH;
            }
        }
        return rows;
    }

    private static void insertBatch(Connection connection, java.sql.PreparedStatement statement, List<byte[]> bodies)
            throws SQLException {
        var random = ThreadLocalRandom.current();
        var ids = new UUID[BATCH];
        var values = new byte[BATCH][];
        for (var row = 0; row < BATCH; row++) {
            ids[row] = new UUID(System.currentTimeMillis() << 16 | 0x7000 | random.nextInt(4096), random.nextLong());
            values[row] = bodies.get(random.nextInt(bodies.size()));
        }
        statement.setArray(1, connection.createArrayOf("uuid", ids));
        statement.setArray(2, connection.createArrayOf("bytea", values));
        statement.executeUpdate();
    }

    /** Records a second: a bare produce with acks=all, idempotent, to one topic. */
    double produce(String topic, List<byte[]> bodies, int seconds) throws InterruptedException, ExecutionException {
        var settings = Map.<String, Object>of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                kafka,
                ProducerConfig.ACKS_CONFIG,
                "all",
                ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
                4 * 1024 * 1024);
        var begin = System.nanoTime();
        var end = begin + TimeUnit.SECONDS.toNanos(seconds);
        var records = 0L;
        try (var producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            var random = ThreadLocalRandom.current();
            Future<RecordMetadata> last = null;
            while (System.nanoTime() < end) {
                last = producer.send(new ProducerRecord<>(topic, bodies.get(random.nextInt(bodies.size()))));
                records++;
            }
            producer.flush();
            if (last != null) {
                last.get();
            }
        }
        return records * 1e9 / (System.nanoTime() - begin);
    }
}
