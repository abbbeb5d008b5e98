package io.thalweg.server.kv.store.rocksdb;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/**
 * Keeps a native library of a jar in one file that every start uses again. A library's own loader
 * puts a copy into the temporary directory at each start, and a killed process leaves it there.
 * Stateless; one process at a time may use a directory.
 */
final class UnpackedLibrary {
  private static final String UNFINISHED = ".unfinished";

  private UnpackedLibrary() {}

  /**
   * The file of a library, unpacked unless the file that is there has the same bytes.
   *
   * @param owner whose class path has it
   * @param resource its path there, from {@code /}
   * @param directory for libraries; made if it does not exist, and cleared of other versions
   * @param name of the file
   */
  static Path unpack(Class<?> owner, String resource, Path directory, String name)
      throws IOException {
    String hash;
    try (InputStream in = open(owner, resource)) {
      hash = hash(in, OutputStream.nullOutputStream());
    }
    Path place = directory.resolve(hash.substring(0, 16));
    Path library = place.resolve(name);
    if (Files.isRegularFile(library) && hash.equals(hashOf(library))) {
      return library;
    }
    removeOthers(directory, name);
    Files.createDirectories(place);
    Path unfinished = place.resolve(name + UNFINISHED);
    try (InputStream in = open(owner, resource);
        OutputStream out = Files.newOutputStream(unfinished)) {
      hash(in, out);
    }
    Files.move(
        unfinished, library, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    return library;
  }

  private static InputStream open(Class<?> owner, String resource) throws IOException {
    InputStream in = owner.getResourceAsStream(resource);
    if (in == null) {
      throw new FileNotFoundException("the class path has no " + resource);
    }
    return in;
  }

  private static String hashOf(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return hash(in, OutputStream.nullOutputStream());
    }
  }

  private static String hash(InputStream in, OutputStream to) throws IOException {
    try (DigestInputStream digested =
        new DigestInputStream(in, MessageDigest.getInstance("SHA-256"))) {
      digested.transferTo(to);
      return HexFormat.of().formatHex(digested.getMessageDigest().digest());
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** Removes other versions of the library, and what a killed process left half unpacked. */
  private static void removeOthers(Path directory, String name) throws IOException {
    if (!Files.isDirectory(directory)) {
      return;
    }
    List<Path> places;
    try (Stream<Path> children = Files.list(directory)) {
      places = children.filter(Files::isDirectory).toList();
    }
    for (Path place : places) {
      boolean removed = Files.deleteIfExists(place.resolve(name));
      removed |= Files.deleteIfExists(place.resolve(name + UNFINISHED));
      if (removed) {
        try (Stream<Path> left = Files.list(place)) {
          if (left.findAny().isPresent()) {
            continue;
          }
        }
        Files.delete(place);
      }
    }
  }
}
