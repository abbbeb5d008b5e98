package io.thalweg.server.kv.store.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Uses a class file in place of a library: only the bytes of the resource matter. */
class UnpackedLibraryTest {
  private static final String RESOURCE = "/io/thalweg/server/kv/store/KvStore.class";

  private static final String NAME = "library.so";

  @TempDir Path directory;

  private Path unpack() throws IOException {
    return UnpackedLibrary.unpack(UnpackedLibraryTest.class, RESOURCE, directory, NAME);
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      return all.filter(Files::isRegularFile).toList();
    }
  }

  @Test
  void isUnpackedOnce() throws Exception {
    Path library = unpack();
    var made = Files.getLastModifiedTime(library);
    assertThat(unpack()).isEqualTo(library);
    assertThat(Files.getLastModifiedTime(library)).isEqualTo(made);
    assertThat(files()).containsExactly(library);
  }

  @Test
  void aDamagedOrUnfinishedOneIsUnpackedAnew() throws Exception {
    Path library = unpack();
    byte[] bytes = Files.readAllBytes(library);
    bytes[bytes.length / 2] ^= 1;
    Files.write(library, bytes);
    Files.write(library.resolveSibling(library.getFileName() + ".unfinished"), new byte[10]);
    assertThat(unpack()).isEqualTo(library);
    bytes[bytes.length / 2] ^= 1;
    assertThat(library).hasBinaryContent(bytes);
    assertThat(files()).containsExactly(library);
  }

  @Test
  void otherVersionsGo() throws Exception {
    Path old = Files.createDirectories(directory.resolve("0123456789abcdef"));
    Files.write(old.resolve(NAME), new byte[3]);
    Path other = Files.write(directory.resolve("another.so"), new byte[3]);
    Path library = unpack();
    assertThat(files()).containsExactlyInAnyOrder(library, other);
  }
}
