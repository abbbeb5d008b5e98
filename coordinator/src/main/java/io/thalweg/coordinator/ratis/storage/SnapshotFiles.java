package io.thalweg.coordinator.ratis.storage;

import io.thalweg.format.error.ThalwegException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.ratis.io.MD5Hash;
import org.apache.ratis.util.MD5FileUtil;

/** Checks the newest snapshot before Ratis loads it. Stateless. */
public final class SnapshotFiles {
  private static final Pattern NAME = Pattern.compile("snapshot\\.\\d+_(\\d+)");

  private SnapshotFiles() {}

  /** Refuses a start if the bytes of the newest snapshot are not those that were written. */
  public static void check(Path directory) throws IOException {
    List<Path> newestFirst = newestFirst(directory);
    if (newestFirst.isEmpty()) {
      return;
    }
    Path newest = newestFirst.get(0);
    MD5Hash written = MD5FileUtil.readStoredMd5ForFile(newest.toFile());
    MD5Hash found = MD5Hash.newInstance(MD5FileUtil.newMD5().digest(Files.readAllBytes(newest)));
    if (written != null && !written.equals(found)) {
      throw ThalwegException.corrupt(
          "snapshot "
              + newest
              + " is damaged: its MD5 is "
              + found
              + ", not "
              + written
              + ". Restore the directory from a backup or, in a group, start this member with an"
              + " empty one"
              + (newestFirst.size() == 1
                  ? ""
                  : "; or move this file and its .md5 away: the one before, "
                      + newestFirst.get(1).getFileName()
                      + ", serves as long as the log goes back to it, and a start says if not"));
    }
  }

  private static List<Path> newestFirst(Path directory) throws IOException {
    List<Path> found = new ArrayList<>();
    if (Files.isDirectory(directory)) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "snapshot.*")) {
        for (Path file : files) {
          if (NAME.matcher(file.getFileName().toString()).matches()) {
            found.add(file);
          }
        }
      }
    }
    found.sort(Comparator.comparingLong(SnapshotFiles::index).reversed());
    return found;
  }

  private static long index(Path file) {
    Matcher name = NAME.matcher(file.getFileName().toString());
    return name.matches() ? Long.parseLong(name.group(1)) : -1;
  }
}
