package io.thalweg.objectstore.s3;

import io.thalweg.objectstore.ObjectStore;
import io.thalweg.objectstore.ObjectStoreContractTest;
import io.thalweg.runtime.SeededRandom;
import io.thalweg.runtime.SystemClock;
import io.thalweg.runtime.config.Settings;
import io.thalweg.s3server.S3Server;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** Runs against a real S3 server in a process of its own; each test has its own prefix. */
class S3ObjectStoreContractTest extends ObjectStoreContractTest {
  private static final AtomicInteger PREFIXES = new AtomicInteger();
  private static S3Server server;

  @BeforeAll
  static void startServer() {
    server = S3Server.start();
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  @Override
  protected ObjectStore open() {
    Settings settings =
        Settings.of(server.settings("cluster-" + PREFIXES.incrementAndGet() + "/objects"));
    S3ObjectStoreConfig config = S3ObjectStoreConfig.from(settings);
    settings.rejectUnknown();
    S3ObjectStore store = new S3ObjectStore(config, new SystemClock(), new SeededRandom(7));
    store.verify();
    return store;
  }

  /** S3 has no directories. */
  @Override
  protected boolean hasDirectories() {
    return false;
  }
}
