package io.thalweg.objectstore.fs;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.objectstore.ObjectStoreException;
import io.thalweg.objectstore.ObjectStoreException.Kind;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import org.junit.jupiter.api.Test;

class IoFailuresTest {
  @Test
  void theSystemsWordsGiveTheKind() {
    assertThat(kind(new IOException("No space left on device"))).isEqualTo(Kind.NO_SPACE);
    assertThat(kind(new FileSystemException("/x", null, "No space left on device")))
        .isEqualTo(Kind.NO_SPACE);
    assertThat(kind(new IOException("Disk quota exceeded"))).isEqualTo(Kind.NO_SPACE);
    assertThat(kind(new AccessDeniedException("/x"))).isEqualTo(Kind.DENIED);
    assertThat(kind(new FileSystemException("/x", null, "Read-only file system")))
        .isEqualTo(Kind.DENIED);
    assertThat(kind(new IOException("Input/output error"))).isEqualTo(Kind.UNAVAILABLE);
    assertThat(kind(new IOException())).isEqualTo(Kind.UNAVAILABLE);
  }

  @Test
  void anUnknownOutcomeKeepsItsCause() {
    IOException cause = new IOException("Input/output error");

    ObjectStoreException failure = IoFailures.unknownOutcome("put of 'k'", cause);

    assertThat(failure.kind()).isEqualTo(Kind.UNKNOWN_OUTCOME);
    assertThat(failure).hasCause(cause).hasMessageContainingAll("put of 'k'", "durable");
  }

  private static Kind kind(IOException failure) {
    return IoFailures.beforeEffect("put of 'k'", failure).kind();
  }
}
