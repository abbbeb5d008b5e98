package io.thalweg.server.kv.store.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;

/** Which failures of RocksDB say that local rows are damaged, so that they are thrown away. */
final class RocksFailuresTest {
  private static RocksDBException failure(Status.Code code, Status.SubCode sub, String state) {
    return new RocksDBException(new Status(code, sub, state));
  }

  @Test
  void damagedFilesAreThrownAway() {
    RocksDBException damaged =
        failure(Status.Code.Corruption, Status.SubCode.None, "block checksum mismatch");
    assertThat(RocksKvStores.isDamage(damaged)).isTrue();
    assertThat(RocksKvStores.isUnreadable(damaged)).isTrue();
  }

  @Test
  void healthyFilesAreKeptWhenTheProcessCanOpenNoMore() {
    String state = "While open a file for random read: CURRENT: Too many open files";
    for (Status.Code code : new Status.Code[] {Status.Code.InvalidArgument, Status.Code.IOError}) {
      RocksDBException full = failure(code, Status.SubCode.None, state);
      assertThat(RocksKvStores.isDamage(full)).as("%s", code).isFalse();
      assertThat(RocksKvStores.isUnreadable(full)).as("%s", code).isFalse();
    }
  }
}
