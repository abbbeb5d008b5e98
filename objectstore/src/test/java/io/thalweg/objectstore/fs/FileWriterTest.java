package io.thalweg.objectstore.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is written is what was given, however long it is and however it is cut into buffers. */
class FileWriterTest {
  private static final int LONG = FileWriter.LEAST_DIRECT;

  @TempDir Path directory;

  private FileWriter open(boolean direct) throws IOException {
    return FileWriter.open(directory.resolve("probe"), direct);
  }

  /** Cuts {@code bytes} at random places, into buffers on the heap and outside, empty ones too. */
  private static List<ByteBuffer> cut(byte[] bytes, Random random) {
    List<ByteBuffer> parts = new ArrayList<>();
    for (int from = 0; from < bytes.length; ) {
      int length = Math.min(bytes.length - from, random.nextInt(1 + random.nextInt(LONG)));
      ByteBuffer part =
          random.nextBoolean() ? ByteBuffer.allocate(length) : ByteBuffer.allocateDirect(length);
      parts.add(part.put(bytes, from, length).flip());
      from += length;
    }
    return parts;
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void filesHaveTheirBytes(boolean direct) throws IOException {
    FileWriter writer = open(direct);
    Random random = new Random(1);
    List<Integer> sizes = new ArrayList<>(List.of(0, 1, LONG - 1, LONG, LONG + 1, LONG + 4096));
    sizes.addAll(List.of(FileWriter.IO_BYTES, FileWriter.IO_BYTES + 4096, 5_000_001));
    for (int i = 0; i < 40; i++) {
      sizes.add(random.nextInt(3 * FileWriter.IO_BYTES));
    }
    for (int i = 0; i < sizes.size(); i++) {
      byte[] bytes = new byte[sizes.get(i)];
      random.nextBytes(bytes);
      List<ByteBuffer> content = cut(bytes, random);
      Path file = directory.resolve("file" + i);
      writer.writeDurably(file, content, bytes.length);
      assertThat(Files.readAllBytes(file)).as("of %d bytes", bytes.length).isEqualTo(bytes);
      assertThat(content).as("the caller's buffers").allMatch(part -> part.position() == 0);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void itsProbeIsRemovedAndAFileThatExistsStays(boolean direct) throws IOException {
    FileWriter writer = open(direct);
    assertThat(directory).isEmptyDirectory();
    Path file = Files.writeString(directory.resolve("file"), "there");
    List<ByteBuffer> content = List.of(ByteBuffer.allocate(LONG));
    assertThatThrownBy(() -> writer.writeDurably(file, content, LONG))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThat(file).hasContent("there");
    if (!direct) {
      assertThat(writer.isDirect()).isFalse();
    }
  }
}
